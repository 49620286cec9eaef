import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Public } from '../../../platform/http/public.decorator.js';
import { TryPageService } from './try-page.service.js';

/** Where people talk to the service. The page itself holds no secret; what it calls is guarded. */
@Controller()
@Public(true)
export class TryController {
  constructor(private readonly tryPage: TryPageService) {}

  @Get('try')
  page(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tryPage.send(request, response);
  }
}
