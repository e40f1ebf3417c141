/** What RUNE's command line, rune-ui and the operator write to rune-api, with everything that they always send. */
export const CLI_ESTIMATE = {
  vastai: false,
  aws: false,
  gcp: false,
  azure: false,
  local_hardware: true,
  min_dph: 0,
  max_dph: 0,
  local_tdp_watts: 300,
  local_energy_rate_kwh: 0.15,
  local_hardware_purchase_price: 0,
  local_hardware_lifespan_years: 0,
  model: 'llama3.1:8b',
  estimated_duration_seconds: 3600,
} as const;

/** To it come `provisioning` and the watts of a machine of one's own. */
export const UI_ESTIMATE = {
  model: 'llama3.1:8b',
  region: 'eu',
  aws: false,
  gcp: false,
  azure: false,
  local_hardware: false,
  local_tdp_watts: 0,
  local_energy_rate_kwh: 0.15,
  estimated_duration_seconds: 3600,
} as const;

export const UI_FORM = {
  provisioning: null,
  model: 'demo',
  region: '',
  question: 'Why does checkout restart?',
  backend_warmup: true,
  backend_warmup_timeout: 300,
  kubeconfig: '~/.kube/config',
  backend_url: null,
  backend_type: 'demo',
  aws: false,
  gcp: false,
  azure: false,
} as const;

/** Zeros and empty words stand for what a resource leaves out. */
export const OPERATOR_SPEC = {
  question: 'Why does checkout restart?',
  model: '',
  backend_url: '',
  backend_type: 'demo',
  region: 'eu-central',
  backend_warmup: false,
  backend_warmup_timeout: 0,
  kubeconfig: '',
  vastai: false,
  template_hash: '',
  min_dph: 0,
  max_dph: 0,
  reliability: 0,
  vastai_stop_instance: false,
  aws: false,
  gcp: false,
  azure: false,
  agent: 'prompt',
} as const;

export const OPERATOR_ESTIMATE = {
  vastai: true,
  aws: false,
  gcp: false,
  azure: false,
  local_hardware: false,
  min_dph: 0,
  max_dph: 0,
  template_hash: '',
  reliability: 0,
  region: 'eu-central',
  model: '',
  estimated_duration_seconds: 0,
  local_tdp_watts: 0,
  local_energy_rate_kwh: 0,
  local_hardware_purchase_price: 0,
  local_hardware_lifespan_years: 0,
} as const;
