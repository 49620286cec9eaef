import { existsSync, readFileSync } from 'node:fs';
import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule as NestConfigModule, ConfigService } from '@nestjs/config';
import { readSettings } from './read-settings.js';
import { Settings } from './settings.js';
import type { Variables } from './variable-reader.js';

/** In the working folder. */
export const envFile = '.env';

/** Where settings come from. */
export interface SettingsSource {
  /** Override the environment and the env file: the command line, or a test's choice. */
  variables: Variables;
  /** Whether process.env and the env file in the working folder are read. */
  environment: boolean;
}

/** Reads the environment once and gives every module the checked {@link Settings}. */
@Module({})
export class ConfigModule {
  /** @throws SettingsError when a setting is wrong */
  static async forRoot(source: SettingsSource): Promise<DynamicModule> {
    return {
      module: ConfigModule,
      global: true,
      imports: [
        await NestConfigModule.forRoot({
          envFilePath: envFile,
          ignoreEnvFile: !source.environment,
          ignoreEnvVars: !source.environment,
          validate: (environment) => ({
            settings: readSettings(
              { ...environment, ...source.variables },
              source.environment && existsSync(envFile) ? readFileSync(envFile, 'utf8') : '',
            ),
          }),
        }),
      ],
      providers: [
        {
          provide: Settings,
          inject: [ConfigService],
          useFactory: (config: ConfigService): Settings => config.getOrThrow('settings'),
        },
      ],
      exports: [Settings],
    };
  }
}
