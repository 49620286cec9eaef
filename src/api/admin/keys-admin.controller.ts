import {
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { Public } from '../../platform/http/public.decorator.js';
import { TextBody } from '../../platform/http/text-body.js';
import type { KeyFilter } from '../../keys/key-list.repository.js';
import type { NewKey } from '../../keys/keys.service.js';
import { AdminGuard } from './admin.guard.js';
import type { RenameKeyDto } from './dto/key-input.dto.js';
import type { AddedKeysDto, KeyPageDto, KeySummaryDto } from './dto/key-lists.dto.js';
import type { KeyDto, ProbedKeyDto } from './dto/key.dto.js';
import { KeysAdminService } from './keys-admin.service.js';
import { AddKeysPipe } from './pipes/add-keys.pipe.js';
import { KeyFilterPipe } from './pipes/key-filter.pipe.js';
import { KeyIdPipe } from './pipes/key-id.pipe.js';
import { RenameKeyPipe } from './pipes/rename-key.pipe.js';

/** For whoever runs the service: its API keys. Outside of AUTH_MODE, with a token of its own. */
@Controller('admin/keys')
@Public(true)
@UseGuards(AdminGuard)
export class KeysAdminController {
  constructor(private readonly keys: KeysAdminService) {}

  @Get()
  list(@Query(KeyFilterPipe) filter: KeyFilter): Promise<KeyPageDto> {
    return this.keys.list(filter);
  }

  @Get('summary')
  summarize(): Promise<KeySummaryDto> {
    return this.keys.summarize();
  }

  @Get(':id')
  get(@Param('id', KeyIdPipe) id: string): Promise<KeyDto> {
    return this.keys.get(id);
  }

  @Post()
  add(@TextBody(AddKeysPipe) keys: NewKey[]): Promise<AddedKeysDto> {
    return this.keys.add(keys);
  }

  @Patch(':id')
  rename(
    @Param('id', KeyIdPipe) id: string,
    @TextBody(RenameKeyPipe) { label }: RenameKeyDto,
  ): Promise<KeyDto> {
    return this.keys.rename(id, label);
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@Param('id', KeyIdPipe) id: string): Promise<void> {
    return this.keys.delete(id);
  }

  @Post(':id/enable')
  @HttpCode(200)
  enable(@Param('id', KeyIdPipe) id: string): Promise<KeyDto> {
    return this.keys.enable(id);
  }

  @Post(':id/disable')
  @HttpCode(200)
  disable(@Param('id', KeyIdPipe) id: string): Promise<KeyDto> {
    return this.keys.disable(id);
  }

  @Post(':id/probe')
  @HttpCode(200)
  probe(@Param('id', KeyIdPipe) id: string): Promise<ProbedKeyDto> {
    return this.keys.probe(id);
  }
}
