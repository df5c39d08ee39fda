import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Open } from '../access/development-identity.ts';
import { Answers, Shown } from './documentation.ts';
import { html, sendPage, wantsHtml } from './page.ts';
import { Nothing } from './validation.ts';
import { GLOSSARY } from './glossary.ts';

class TermBody {
  @Shown('text', 'In Dutch.')
  dutch!: string;
  @Shown('text', 'In English, as in code, events and API.')
  english!: string;
  @Shown('text', 'What it means.')
  meaning!: string;
}

class GlossaryBody {
  @Shown(() => TermBody, 'The words.', { list: true })
  terms!: readonly TermBody[];
}

@ApiTags('About this API')
@Open()
@Controller('v1/glossary')
export class GlossaryController {
  @Get()
  @Answers(GlossaryBody, 'The words, Dutch and English', 'As a page in a browser.')
  readGlossary(@Query() _query: Nothing, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (!wantsHtml(request)) {
      void reply.type('application/json').send(JSON.stringify({ terms: GLOSSARY }));
      return;
    }
    const rows = GLOSSARY.map(
      ({ dutch, english, meaning }) =>
        html`<tr>
          <td lang="nl">${dutch}</td>
          <td>${english}</td>
          <td>${meaning}</td>
        </tr>`,
    );
    const head = html`<tr>
      <th scope="col">Dutch</th>
      <th scope="col">English</th>
      <th scope="col">Meaning</th>
    </tr>`;
    void sendPage(
      reply,
      'Glossary',
      html`<table>
        <thead>
          ${head}
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
    );
  }
}
