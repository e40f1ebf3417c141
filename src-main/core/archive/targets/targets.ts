import { isDeepStrictEqual } from 'node:util';
import type { Ports } from '#core/ports/ports.ts';
import type { S3TargetSetting, Settings } from '#shared/contract/settings.ts';
import type { TestReport } from '#shared/contract/types.ts';
import { CodedError, toFailure } from '#shared/model/failure.ts';
import { createFolderTarget } from './folder-target.ts';
import { type S3Config, s3FromEnvironment, s3FromSetting } from './s3-config.ts';
import { createS3Target } from './s3-target.ts';
import type { ArchiveTarget } from './target.ts';
import type { TargetFacts } from './target-facts.ts';

export interface ConfiguredTarget {
  readonly target: ArchiveTarget;
  readonly from: 'builtin' | 'settings' | 'environment';
  readonly delivers: boolean;
}

/** Every place that results go to or can be read from, as settings and environment say now. */
export interface Targets {
  /** The environment's bucket first, then those of the settings, then the folder. */
  all(): readonly ConfiguredTarget[];
  delivering(): readonly ArchiveTarget[];
  /** Throws `archive.target_unknown`. */
  get(name: string): ArchiveTarget;
  /** What is meant where none is named: the environment's bucket, else the first of the settings (one that is delivered to, if any), else the folder. */
  preferred(): ArchiveTarget;
  /** One that is configured, by its name, or one as a form has it. */
  test(target: string | S3TargetSetting): Promise<TestReport>;
  /** The list changed. */
  onChange(listener: () => void): void;
  dispose(): void;
}

export interface TargetsDeps {
  readonly ports: Pick<Ports, 'env' | 'secrets' | 'paths'>;
  readonly settings: () => Settings;
  readonly onSettings: (listener: () => void) => void;
  readonly facts: TargetFacts;
}

export function createTargets({ ports, settings, onSettings, facts }: TargetsDeps): Targets {
  const folder = createFolderTarget(ports.paths.dataDir);
  const listeners = new Set<() => void>();
  const s3 = (config: S3Config, delivers: () => boolean) => createS3Target(config, { facts, delivers });

  const environment = made(
    () => {
      const config = s3FromEnvironment(ports.env);
      return config === null ? null : s3(config, () => settings().archive.environment);
    },
    { name: 'env', title: 'Environment', place: 'the S3 variables of the environment' },
  );
  const fromSetting = (setting: S3TargetSetting): ArchiveTarget | null =>
    made(() => s3(s3FromSetting(setting, ports), () => setting.delivers), {
      name: setting.id,
      title: setting.name,
      place: `s3://${setting.bucket}/${setting.prefix}`,
    });

  let configured: readonly { readonly setting: S3TargetSetting; readonly target: ArchiveTarget }[] = [];
  /** A target whose setting is as it was keeps its object, and with it connections and counts. */
  function update(): void {
    const before = configured;
    configured = settings().archive.targets.flatMap((setting) => {
      const kept = before.find((one) => isDeepStrictEqual(one.setting, setting));
      const target = kept?.target ?? fromSetting(setting);
      return target === null ? [] : [{ setting, target }];
    });
    for (const { target } of before) if (!configured.some((one) => one.target === target)) target.close();
  }
  update();
  let disposed = false;
  onSettings(() => {
    if (disposed) return;
    update();
    for (const listener of listeners) listener();
  });

  const all = (): readonly ConfiguredTarget[] => {
    const { archive } = settings();
    return [
      ...(environment === null
        ? []
        : [{ target: environment, from: 'environment' as const, delivers: archive.environment }]),
      ...configured.map(({ setting, target }) => ({
        target,
        from: 'settings' as const,
        delivers: setting.delivers,
      })),
      { target: folder, from: 'builtin', delivers: archive.folder },
    ];
  };
  const get = (name: string): ArchiveTarget => {
    const found = all().find(({ target }) => target.name === name);
    if (found !== undefined) return found.target;
    const names = all().map(({ target }) => target.name);
    throw new CodedError(
      'archive.target_unknown',
      `There is no archive target ${name}. There ${names.length === 1 ? 'is' : 'are'}: ${names.join(', ')}.`,
    );
  };
  return {
    all,
    delivering: () => all().flatMap(({ target, delivers }) => (delivers ? [target] : [])),
    get,
    preferred: () =>
      environment ?? (configured.find(({ setting }) => setting.delivers) ?? configured[0])?.target ?? folder,
    test: async (tested) => {
      if (typeof tested === 'string') return get(tested).test();
      const target = fromSetting(tested);
      if (target === null) return { ok: false, steps: [] };
      try {
        return await target.test();
      } finally {
        target.close();
      }
    },
    onChange: (listener) => void listeners.add(listener),
    dispose: () => {
      disposed = true;
      listeners.clear();
      environment?.close();
      for (const { target } of configured) target.close();
      folder.close();
    },
  };
}

/** A target whose configuration cannot be used is there all the same and says why, so that its results wait. */
function made(
  make: () => ArchiveTarget | null,
  named: Pick<ArchiveTarget, 'name' | 'title' | 'place'>,
): ArchiveTarget | null {
  try {
    return make();
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    const fail = (): Promise<never> =>
      Promise.reject(new CodedError(code, message, { retryable: true, cause: thrown }));
    return {
      ...named,
      kind: 's3',
      prefix: 'results/',
      requests: () => 0,
      put: fail,
      list: fail,
      head: fail,
      get: fail,
      presign: fail,
      versions: fail,
      test: async () => ({ ok: false, steps: [{ name: 'Configuration', ok: false, ms: 0, message }] }),
      close: () => {},
    };
  }
}
