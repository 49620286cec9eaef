// N, the obvious build: a Nest controller on express calling the openai client as it comes.
// Settings are the defaults on purpose, and nothing is kept: it does less than Alice does.
import 'reflect-metadata';
import { Body, Controller, Logger, Module, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Response } from 'express';
import OpenAI from 'openai';

const openai = new OpenAI({
  baseURL: process.env['UPSTREAM_URL'] ?? '',
  apiKey: process.env['UPSTREAM_KEY'] ?? '',
});
const model = process.env['UPSTREAM_MODEL'] ?? '';

interface Question {
  question: string;
}

@Controller()
class AnswerController {
  @Post('answer')
  async answer(@Body() { question }: Question): Promise<string> {
    const completion = await openai.chat.completions.create({
      model,
      messages: [{ role: 'user', content: question }],
    });
    return completion.choices[0]?.message.content ?? '';
  }

  @Post('stream')
  async stream(@Body() { question }: Question, @Res() response: Response): Promise<void> {
    const chunks = await openai.chat.completions.create({
      model,
      messages: [{ role: 'user', content: question }],
      stream: true,
    });
    response.setHeader('content-type', 'text/event-stream');
    for await (const chunk of chunks) {
      const piece = chunk.choices[0]?.delta.content;
      if (piece) response.write(`data: ${piece}\n\n`);
    }
    response.end('data: [DONE]\n\n');
  }
}

@Module({ controllers: [AnswerController] })
class AnswerModule {}

Logger.overrideLogger(false);
const app = await NestFactory.create(AnswerModule);
await app.listen(Number(process.env['PORT']), '127.0.0.1');
console.log('listening');
