import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { UpstreamModule } from '../../upstreams/upstream.module.js';
import { KeysModule } from '../../keys/keys.module.js';
import { KeysAdminController } from './keys-admin.controller.js';

/** The admin API of keys: `/admin/keys`. */
@Module({
  imports: [AuthModule, KeysModule, UpstreamModule],
  controllers: [KeysAdminController],
})
export class KeysAdminModule {}
