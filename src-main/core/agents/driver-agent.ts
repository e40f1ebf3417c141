import { invocationTimeoutMs } from '#core/drivers/environment.ts';
import type { DriverTransport } from '#core/drivers/transport.ts';
import type { Env } from '#core/ports/ports.ts';
import type { AgentRunner } from './agent.ts';
import { parseAgentResult } from './answer.ts';
import type { AgentDefinition } from './catalogue.ts';
import { askParams } from './params.ts';
import { findKubeconfig } from './requirements.ts';

export interface DriverAgent {
  readonly agent: AgentDefinition;
  readonly transport: DriverTransport;
  readonly env: Env;
  readonly baseUrl: string | null;
  /** Whether RUNE's requirements hold; a driver that the user configured may need none of them. */
  readonly required: boolean;
}

/** An agent behind a driver. */
export const createDriverAgent = ({
  agent,
  transport,
  env,
  baseUrl,
  required,
}: DriverAgent): AgentRunner => ({
  agent_name: agent.name,
  async ask(asked) {
    const kubeconfig = await findKubeconfig(agent, env, asked.kubeconfig, required);
    const result = await transport.call({
      action: 'ask',
      params: askParams(agent.name, asked, kubeconfig, baseUrl),
      signal: asked.signal,
      timeoutMs: invocationTimeoutMs(env),
      workDir: asked.workDir,
    });
    return parseAgentResult(agent.name, result);
  },
});
