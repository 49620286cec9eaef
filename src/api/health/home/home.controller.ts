import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Public } from '../../../platform/http/public.decorator.js';
import { HomePageService } from './home-page.service.js';

/** What is at the service's own address, for whoever opens it in a browser. */
@Controller()
@Public(true)
export class HomeController {
  constructor(private readonly homePage: HomePageService) {}

  @Get()
  page(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.homePage.send(request, response);
  }
}
