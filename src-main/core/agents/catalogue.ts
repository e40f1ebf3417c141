type Need = 'kubeconfig' | 'api_key' | 'base_url';

/** One of RUNE's agents (reference: drivers §6). */
export interface AgentDefinition {
  readonly name: string;
  /** Catalogue name. */
  readonly title: string;
  readonly scope: string;
  readonly tier: number | null;
  readonly needs: readonly Need[];
  /** Variables that serve as its API key beside RUNE_<NAME>_API_KEY, in order. */
  readonly keyVariables: readonly string[];
  /** Likewise beside RUNE_<NAME>_BASE_URL. */
  readonly urlVariables: readonly string[];
  /** Other variables its driver reads. */
  readonly reads: readonly string[];
}

type Row = readonly [
  name: string,
  title: string,
  scope: string,
  tier: number | null,
  needs: readonly Need[],
  more?: { readonly key?: string; readonly url?: string; readonly reads?: readonly string[] },
];

const HOLMES_READS = ['OVERRIDE_MAX_CONTENT_SIZE', 'OVERRIDE_MAX_OUTPUT_TOKEN', 'DISABLE_PROMETHEUS_TOOLSET'];

const ROWS: readonly Row[] = [
  ['holmes', 'HolmesGPT', 'SRE', 1, ['kubeconfig'], { reads: HOLMES_READS }],
  ['k8sgpt', 'K8sGPT', 'SRE', 1, ['kubeconfig']],
  ['metoro', 'Metoro', 'SRE', 2, ['kubeconfig', 'api_key']],
  ['pagerduty', 'PagerDuty AI', 'SRE', 3, ['kubeconfig', 'api_key']],
  ['cleric', 'Cleric', 'SRE', 2, ['api_key']],
  ['perplexity', 'Perplexity Pro', 'Research', 3, ['api_key']],
  ['glean', 'Glean', 'Research', 3, ['api_key'], { key: 'RUNE_GLEAN_API_TOKEN' }],
  ['elicit', 'Elicit', 'Research', 2, ['api_key']],
  ['langgraph', 'LangGraph', 'Research', 1, ['kubeconfig'], { reads: ['LANGCHAIN_API_KEY'] }],
  ['consensus', 'Consensus', 'Research', 2, []],
  ['midjourney', 'Midjourney', 'Art/Creative', 3, ['api_key', 'base_url']],
  ['comfyui', 'ComfyUI', 'Art/Creative', 2, ['base_url'], { url: 'COMFYUI_BASE_URL' }],
  ['krea', 'Krea AI', 'Art/Creative', 3, ['api_key']],
  ['invokeai', 'InvokeAI', 'Art/Creative', null, ['base_url']],
  ['pentestgpt', 'PentestGPT', 'Cybersec', 1, ['api_key'], { key: 'OPENAI_API_KEY' }],
  ['radiant', 'Radiant Security', 'Cybersec', 3, ['api_key', 'base_url']],
  ['mindgard', 'Mindgard', 'Cybersec', 3, ['api_key']],
  [
    'burpgpt',
    'BurpGPT',
    'Cybersec',
    2,
    ['api_key', 'base_url'],
    { key: 'OPENAI_API_KEY', url: 'BURP_API_URL' },
  ],
  ['xbow', 'XBOW', 'Cybersec', 3, ['api_key']],
  ['harvey', 'Harvey AI', 'Legal/Ops', 3, ['api_key']],
  ['spellbook', 'Spellbook', 'Legal/Ops', 3, ['api_key']],
  ['multion', 'MultiOn', 'Legal/Ops', 2, ['api_key']],
  ['dagger', 'Dagger', 'Legal/Ops', 1, []],
  ['crewai', 'CrewAI', 'Legal/Ops', 1, ['api_key'], { key: 'OPENAI_API_KEY' }],
  ['browseruse', 'Browser-Use', 'Legal/Ops', 3, ['api_key']],
  ['sierra', 'Sierra', 'Legal/Ops', 3, ['api_key']],
  ['skillfortify', 'SkillFortify', 'Legal/Ops', 3, ['api_key']],
];

export const CATALOGUE: ReadonlyMap<string, AgentDefinition> = new Map(
  ROWS.map(([name, title, scope, tier, needs, more = {}]) => [
    name,
    {
      name,
      title,
      scope,
      tier,
      needs,
      keyVariables: [`RUNE_${name.toUpperCase()}_API_KEY`, ...(more.key === undefined ? [] : [more.key])],
      urlVariables: [`RUNE_${name.toUpperCase()}_BASE_URL`, ...(more.url === undefined ? [] : [more.url])],
      reads: more.reads ?? [],
    },
  ]),
);

/** An agent RUNE does not know: whatever its driver is, it needs nothing that we know of. */
export const customAgent = (name: string): AgentDefinition => ({
  name,
  title: name,
  scope: 'Custom',
  tier: null,
  needs: [],
  keyVariables: [],
  urlVariables: [],
  reads: [],
});
