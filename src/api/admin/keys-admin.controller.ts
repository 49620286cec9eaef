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
import { KeyProbeTask } from '../../keys/key-probe.task.js';
import { KeysService, type NewKey } from '../../keys/keys.service.js';
import { AdminGuard } from './admin.guard.js';
import type { RenameKeyDto } from './dto/key-input.dto.js';
import type { AddedKeysDto, KeyPageDto, KeySummaryDto } from './dto/key-lists.dto.js';
import type { KeyDto, ProbedKeyDto } from './dto/key.dto.js';
import {
  toAddedKeysDto,
  toKeyDto,
  toKeyPageDto,
  toKeySummaryDto,
  toProbedKeyDto,
} from './key.mapper.js';
import { AddKeysPipe } from './pipes/add-keys.pipe.js';
import { KeyFilterPipe } from './pipes/key-filter.pipe.js';
import { KeyIdPipe } from './pipes/key-id.pipe.js';
import { RenameKeyPipe } from './pipes/rename-key.pipe.js';

/** For whoever runs the service: its API keys. Outside of AUTH_MODE, with a token of its own. */
@Controller('admin/keys')
@Public(true)
@UseGuards(AdminGuard)
export class KeysAdminController {
  constructor(
    private readonly keys: KeysService,
    private readonly probes: KeyProbeTask,
  ) {}

  @Get()
  async list(@Query(KeyFilterPipe) filter: KeyFilter): Promise<KeyPageDto> {
    const { limit } = filter;
    return toKeyPageDto(await this.keys.list({ ...filter, limit: limit + 1 }), limit);
  }

  @Get('summary')
  async summarize(): Promise<KeySummaryDto> {
    return toKeySummaryDto(await this.keys.countByState());
  }

  @Get(':id')
  async get(@Param('id', KeyIdPipe) id: string): Promise<KeyDto> {
    return toKeyDto(await this.keys.get(id));
  }

  @Post()
  async add(@TextBody(AddKeysPipe) keys: NewKey[]): Promise<AddedKeysDto> {
    return toAddedKeysDto(await this.keys.add(keys));
  }

  @Patch(':id')
  async rename(
    @Param('id', KeyIdPipe) id: string,
    @TextBody(RenameKeyPipe) { label }: RenameKeyDto,
  ): Promise<KeyDto> {
    return toKeyDto(await this.keys.rename(id, label));
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@Param('id', KeyIdPipe) id: string): Promise<void> {
    return this.keys.delete(id);
  }

  @Post(':id/enable')
  @HttpCode(200)
  async enable(@Param('id', KeyIdPipe) id: string): Promise<KeyDto> {
    return toKeyDto(await this.keys.enable(id));
  }

  @Post(':id/disable')
  @HttpCode(200)
  async disable(@Param('id', KeyIdPipe) id: string): Promise<KeyDto> {
    return toKeyDto(await this.keys.disable(id));
  }

  @Post(':id/probe')
  @HttpCode(200)
  async probe(@Param('id', KeyIdPipe) id: string): Promise<ProbedKeyDto> {
    const report = await this.probes.probe(await this.keys.getHeld(id));
    return toProbedKeyDto(report, await this.keys.get(id));
  }
}
