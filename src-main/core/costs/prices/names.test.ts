import { describe, expect, it } from 'vitest';
import { gpuIn } from './gpu-names.ts';
import { matchMachine } from './machines.ts';
import { matchModel } from './model-names.ts';
import { machineRows, modelRows } from './rows.ts';

const models = modelRows('api', []);
const named = (model: string) => {
  const match = matchModel(models, model);
  return match === null ? null : `${match.row.name}${match.exact ? '' : ', near'}`;
};
const machine = (provider: 'aws' | 'gcp' | 'azure', name: string) => {
  const match = matchMachine(provider, machineRows(provider, []), name);
  if (match === null) return null;
  return `${match.by}: ${match.by === 'unlisted' ? match.name : match.row.name}`;
};

describe('names of models', () => {
  it.each([
    ['gpt-4o-mini', 'gpt-4o-mini'],
    ['gpt-4o', 'gpt-4o'],
    ['GPT-4o-2024-08-06', 'gpt-4o'],
    ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
    ['openai/gpt-4o-mini', 'gpt-4o-mini'],
    ['gpt-4-turbo', 'gpt-4-turbo'],
    ['claude-3.5-sonnet-latest', 'claude-3-5-sonnet'],
    ['bedrock/us.anthropic.claude-3-5-sonnet-20241022-v2:0', 'claude-3-5-sonnet'],
    ['anthropic.claude-3-haiku-20240307-v1:0:48k', 'claude-3-haiku'],
    [
      'arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-3-opus-20240229-v1:0',
      'claude-3-opus',
    ],
    ['us.meta.llama3-1-70b-instruct-v1:0', 'llama-3.1-70b'],
    ['llama3.1:8b', 'llama-3.1-8b'],
    ['ollama/llama3.1:8b-instruct-q4_K_M', 'llama-3.1-8b'],
    ['meta-llama/Llama-3.1-405B-Instruct', 'llama-3.1-405b'],
  ])('finds the price of %s', (model, price) => {
    expect(named(model)).toBe(price);
  });

  it.each([
    ['gpt-4o-realtime-preview', 'gpt-4o, near'],
    ['claude-3-5-sonnet-extended', 'claude-3-5-sonnet, near'],
  ])('takes the nearest for %s and says so', (model, price) => {
    expect(named(model)).toBe(price);
  });

  it.each([
    'claude',
    'claude-3',
    'gpt-4',
    'gpt-5',
    'o1',
    'claude-3-5-haiku',
    'llama3.1',
    'llama3.2:8b',
    'ft:gpt-4o:org',
    'default',
    '',
    '/',
    'gpt-4.5',
  ])('prices nothing called "%s"', (model) => {
    expect(named(model)).toBeNull();
  });
});

describe('names of GPUs', () => {
  it.each([
    ['rtx4090', 'RTX 4090', 1],
    ['RTX_4090', 'RTX 4090', 1],
    ['2x RTX 4090', 'RTX 4090', 2],
    ['A100-80GB:8', 'A100 80GB', 8],
    ['A100', 'A100 40GB+A100 80GB', 1],
    ['NVIDIA H100 SXM', 'H100 80GB', 1],
    ['l40s', 'L40S', 1],
    ['L4', 'L4', 1],
    ['8 x H200', 'H200', 8],
    ['8xA100', 'A100 40GB+A100 80GB', 8],
    ['a100x8', 'A100 40GB+A100 80GB', 8],
    ['2x4090', 'RTX 4090', 2],
    ['A100 80', 'A100 80GB', 1],
    ['A100-SXM-80GB', 'A100 80GB', 1],
    ['80GB A100', 'A100 80GB', 1],
    ['a100 40 gb:2', 'A100 40GB', 1],
    ['4x a100-40', 'A100 40GB', 4],
    ['A100 PCIE', 'A100 40GB+A100 80GB', 1],
    ['H100 NVL 94GB', 'H100 NVL', 1],
    ['H100_NVL', 'H100 NVL', 1],
    ['H100 PCIe 80GB', 'H100 80GB', 1],
    ['RTX 3090 24GB', 'RTX 3090', 1],
  ])('reads %s', (name, gpus, count) => {
    const found = gpuIn(name);
    expect([found?.gpus.map((gpu) => gpu.name).join('+'), found?.count]).toEqual([gpus, count]);
  });

  it.each(['RTX 4090 D', 'RTX 4090 Laptop', '3090 Ti', 'V100 32GB', 'a100-sxm2-32gb'])(
    'takes %s for none of those it knows',
    (name) => {
      expect(gpuIn(name)?.gpus).toEqual([]);
      expect(machine('aws', name)).toBeNull();
    },
  );

  it.each(['t4g.xlarge', 'gtx 1080', 'a1000', 'llama3.1:8b', ''])('sees none in "%s"', (name) => {
    expect(gpuIn(name)).toBeNull();
  });
});

describe('names of machines', () => {
  it.each([
    ['aws', 'g5.xlarge', 'name: g5.xlarge'],
    ['aws', 'aws/P4D.24xlarge', 'name: p4d.24xlarge'],
    ['aws', 'p4de.24xlarge', 'name: p4de.24xlarge'],
    ['azure', 'standard_nc24ads_a100_v4', 'name: Standard_NC24ads_A100_v4'],
    ['azure', 'NC6s_v3', 'name: Standard_NC6s_v3'],
    ['gcp', 'a2-highgpu-8g', 'name: a2-highgpu-8g'],
  ] as const)('%s sells %s by its name', (provider, name, match) => {
    expect(machine(provider, name)).toBe(match);
  });

  it.each([
    ['aws', 'g5.12xlarge', 'unlisted: g5.12xlarge'],
    ['azure', 'Standard_NC96ads_A100_v4', 'unlisted: Standard_NC96ads_A100_v4'],
    ['gcp', 'a3-highgpu-8g', 'unlisted: a3-highgpu-8g'],
    ['gcp', 'n1-standard-4', 'unlisted: n1-standard-4'],
  ] as const)('%s may sell %s, which no row has', (provider, name, match) => {
    expect(machine(provider, name)).toBe(match);
  });

  it.each([
    ['aws', 'L40S', 'gpu: g6e.16xlarge'],
    ['aws', '4x L40S', 'gpu: g6e.12xlarge'],
    ['aws', 'h100', 'gpu: p5.4xlarge'],
    ['aws', 'A100', 'gpu: p4d.24xlarge'],
    ['aws', 'L4', 'gpu: g6.xlarge'],
    ['azure', 'A100', 'gpu: Standard_NC24ads_A100_v4'],
    ['gcp', 'a100:4', 'gpu: a2-highgpu-4g'],
  ] as const)('%s sells %s in the machine with the fewest others', (provider, name, match) => {
    expect(machine(provider, name)).toBe(match);
  });

  it.each([
    ['aws', '', 'default: g4dn.xlarge'],
    ['aws', 'llama3.1:8b', 'default: g4dn.xlarge'],
    ['aws', 'something on p4', 'default: p4d.24xlarge'],
    ['aws', 'g6', 'default: g5.xlarge'],
    ['azure', '', 'default: Standard_NC6s_v3'],
    ['gcp', 'a2-', 'default: a2-highgpu-1g'],
    ['gcp', '', 'default: n1-standard-4+t4'],
  ] as const)("%s: nothing is named in '%s', so RUNE's machine", (provider, name, match) => {
    expect(machine(provider, name)).toBe(match);
  });

  it('finds nothing where a GPU is named that the provider does not sell', () => {
    expect(machine('aws', 'rtx 4090')).toBeNull();
  });
});
