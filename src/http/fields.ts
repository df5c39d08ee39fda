import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { isDate } from '../event-sourcing/days.ts';

/** Fields of requests: each says at once how it is validated and how it is documented, so that the two can't differ. */

interface About {
  readonly description: string;
  readonly example?: unknown;
  readonly optional?: true;
}

type Constructor = new () => object;
type FieldDecorator = PropertyDecorator;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/** Rules and terms are known from this day on. */
const EARLIEST_DAY = '1900-01-01';

function isDay(value: unknown): value is string {
  return typeof value === 'string' && value >= EARLIEST_DAY && isDate(value);
}

/** ISO date. */
export function Day(about: About): FieldDecorator {
  return applyDecorators(
    ...presence(about),
    rule('day', isDay, `must be a day that exists, from ${EARLIEST_DAY} on, such as 2017-03-31`),
    ApiProperty({ ...documented(about), type: String, format: 'date' }),
  );
}

export function Id(about: About): FieldDecorator {
  return applyDecorators(
    ...presence(about),
    rule('uuid', isUuid, 'must be a UUID in lower case'),
    ApiProperty({ ...documented(about), type: String, format: 'uuid' }),
  );
}

export function Ids(about: About & { readonly max: number; readonly min?: number }): FieldDecorator {
  return applyDecorators(
    ...presence(about),
    ...list(about.min ?? 1, about.max),
    rule('uuid', (value) => Array.isArray(value) && value.every(isUuid), 'must hold UUIDs in lower case'),
    ApiProperty({
      ...documented(about),
      type: 'array',
      items: { type: 'string', format: 'uuid' },
      minItems: about.min ?? 1,
      maxItems: about.max,
      uniqueItems: true,
    }),
  );
}

/** Words of at most `max` characters; of the form `pattern`, if given (`says` tells it in words). */
export function Text(
  about: About & {
    readonly max: number;
    readonly pattern?: RegExp;
    readonly says?: string;
    readonly multiline?: true;
  },
): FieldDecorator {
  const { max, pattern, multiline } = about;
  const fits = (value: unknown): boolean =>
    typeof value === 'string' &&
    value.length <= max &&
    value.trim() !== '' &&
    value.isWellFormed() &&
    !hasControls(value, multiline === true) &&
    (pattern === undefined || pattern.test(value));
  return applyDecorators(
    ...presence(about),
    rule('text', fits, about.says ?? `must be a text of 1 to ${max} characters`),
    ApiProperty({
      ...documented(about),
      type: String,
      minLength: 1,
      maxLength: max,
      ...(pattern ? { pattern: pattern.source } : {}),
    }),
  );
}

/** CBS code of a municipality, `GM` and four digits. */
export function Municipality(about: About): FieldDecorator {
  return Text({ ...about, max: 6, pattern: /^GM\d{4}$/, says: 'must be a municipality code, such as GM0363' });
}

export function OneOf<T extends string>(
  values: readonly T[],
  about: About & { readonly enumName: string },
): FieldDecorator {
  return applyDecorators(
    ...presence(about),
    IsIn([...values], { message: `must be one of ${values.join(', ')}` }),
    ApiProperty({ ...documented(about), enum: [...values], enumName: about.enumName }),
  );
}

export function SomeOf<T extends string>(
  values: readonly T[],
  about: About & { readonly enumName: string },
): FieldDecorator {
  return applyDecorators(
    ...presence(about),
    ...list(0, values.length),
    IsIn([...values], { each: true, message: `must hold only ${values.join(', ')}` }),
    ApiProperty({
      ...documented(about),
      enum: [...values],
      enumName: about.enumName,
      isArray: true,
      maxItems: values.length,
      uniqueItems: true,
    }),
  );
}

export function Whole(about: About & { readonly min: number; readonly max: number }): FieldDecorator {
  const { min, max } = about;
  const message = `must be a whole number from ${min} to ${max}`;
  return applyDecorators(
    ...presence(about),
    IsInt({ message }),
    Min(min, { message }),
    Max(max, { message }),
    ApiProperty({ ...documented(about), type: 'integer', minimum: min, maximum: max }),
  );
}

export function Flag(about: About): FieldDecorator {
  return applyDecorators(
    ...presence(about),
    IsBoolean({ message: 'must be true or false' }),
    ApiProperty({ ...documented(about), type: Boolean }),
  );
}

export function Part(type: () => Constructor, about: About): FieldDecorator {
  return applyDecorators(
    ...presence(about),
    rule('object', isObject, 'must be an object'),
    ValidateNested(),
    Type(type),
    ApiProperty({ ...documented(about), type: () => type() }),
  );
}

export function Parts(
  type: () => Constructor,
  about: About & { readonly min?: number; readonly max: number },
): FieldDecorator {
  const { min = 1, max } = about;
  return applyDecorators(
    ...presence(about),
    IsArray({ message: 'must be a list' }),
    ArrayMinSize(min, { message: `must hold at least ${min}` }),
    ArrayMaxSize(max, { message: `must hold at most ${max}` }),
    rule('object', (value) => !Array.isArray(value) || value.every(isObject), 'must hold objects'),
    ValidateNested({ each: true }),
    Type(type),
    ApiProperty({ ...documented(about), type: () => type(), isArray: true, minItems: min, maxItems: max }),
  );
}

/** An object whose form is told elsewhere. */
export function Json(about: About): FieldDecorator {
  const { description, example } = about;
  return applyDecorators(
    ...presence(about),
    rule('object', isObject, 'must be an object'),
    ApiProperty({ description, example, type: 'object', additionalProperties: true, selfRequired: !about.optional }),
  );
}

export function Texts(
  about: About & { readonly max: number; readonly pattern: RegExp; readonly says: string },
): FieldDecorator {
  const { max, pattern, says } = about;
  const fits = (value: unknown): boolean =>
    Array.isArray(value) && value.every((it) => typeof it === 'string' && pattern.test(it));
  return applyDecorators(
    ...presence(about),
    ...list(0, max),
    rule('text', fits, says),
    ApiProperty({
      ...documented(about),
      type: 'array',
      items: { type: 'string', pattern: pattern.source },
      maxItems: max,
      uniqueItems: true,
    }),
  );
}

/** The other end of a range: a day or number that is not smaller than the one called `first`, where both are given. */
export function NotBefore(first: string): FieldDecorator {
  const fits = (value: unknown, object: object): boolean => {
    const from = (object as Readonly<Record<string, unknown>>)[first];
    if (typeof value === 'number' && typeof from === 'number') return value >= from;
    return typeof value !== 'string' || typeof from !== 'string' || value >= from;
  };
  return rule('order', fits, `must not be less than ${first}`);
}

/** A rule of our own about one value, or, through `object`, about several fields together. */
export function rule(name: string, fits: (value: unknown, object: object) => boolean, message: string): FieldDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value, args) => fits(value, args!.object),
      defaultMessage: () => message,
    },
  });
}

function list(min: number, max: number): FieldDecorator[] {
  return [
    IsArray({ message: 'must be a list' }),
    ArrayMinSize(min, { message: `must hold at least ${min}` }),
    ArrayMaxSize(max, { message: `must hold at most ${max}` }),
    ArrayUnique({ message: 'must not hold the same twice' }),
  ];
}

function presence(about: About): FieldDecorator[] {
  return about.optional ? [IsOptional()] : [];
}

function documented(about: About): { description: string; required: boolean; nullable?: true; example?: unknown } {
  return {
    description: about.description,
    required: !about.optional,
    ...(about.optional ? { nullable: true } : {}),
    ...(about.example === undefined ? {} : { example: about.example }),
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasControls(text: string, multiline: boolean): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code < 32 || code === 127) && !(multiline && (code === 10 || code === 13 || code === 9))) return true;
  }
  return false;
}
