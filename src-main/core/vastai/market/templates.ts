/** A template as `GET /template/` tells it, with its flags as an object beside it. */
export interface Template {
  readonly id: number;
  readonly hash_id: string;
  readonly name: string;
  readonly image: string;
  readonly tag: string;
  readonly env: string;
  readonly envObject: Readonly<Record<string, string>>;
  readonly onstart: string | null;
  readonly runtype: string;
  readonly use_ssh: boolean;
  readonly ssh_direct: boolean;
  readonly recommended_disk_space: number;
  readonly extra_filters: Readonly<Record<string, unknown>>;
}

export const TEMPLATES: readonly Template[] = [
  {
    id: 310_101,
    hash_id: '5c1f0d2ab7e94b6d8f03c6a2e17d90b4',
    name: 'Ollama',
    image: 'ollama/ollama',
    tag: 'latest',
    env: '-p 11434:11434 -e OLLAMA_HOST=0.0.0.0:11434',
    envObject: { '-p 11434:11434': '1', OLLAMA_HOST: '0.0.0.0:11434' },
    onstart: null,
    runtype: 'args',
    use_ssh: false,
    ssh_direct: false,
    recommended_disk_space: 40,
    extra_filters: {},
  },
  {
    id: 310_102,
    hash_id: '9be2417cd05f4c3aa6d1f87e3b2c6058',
    name: 'Ollama with SSH',
    image: 'vastai/ollama',
    tag: '0.12.6',
    env: '-p 11434:11434 -p 22:22',
    envObject: { '-p 11434:11434': '1', '-p 22:22': '1' },
    onstart: 'ollama serve &',
    runtype: 'ssh_direct',
    use_ssh: true,
    ssh_direct: true,
    recommended_disk_space: 60,
    extra_filters: { direct_port_count: { gte: 2 } },
  },
  {
    id: 310_103,
    hash_id: 'd47a60f19c8b4e25b3907f5a1de8c632',
    name: 'PyTorch',
    image: 'vastai/pytorch',
    tag: '2.8.0-cuda-12.8.1',
    env: '-p 22:22',
    envObject: { '-p 22:22': '1' },
    onstart: null,
    runtype: 'ssh_direct',
    use_ssh: true,
    ssh_direct: true,
    recommended_disk_space: 32,
    extra_filters: {},
  },
];

export const findTemplate = (hash: string): Template | null =>
  TEMPLATES.find(({ hash_id }) => hash_id === hash) ?? null;
