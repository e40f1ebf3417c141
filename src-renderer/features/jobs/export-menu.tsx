import { Button, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useApi } from '#renderer/client/query.tsx';
import { saveFile } from '#renderer/widgets/save-file.ts';
import type { TraceFormat } from '#shared/contract/contract.ts';

const FORMATS: readonly { readonly format: TraceFormat; readonly title: string; readonly about: string }[] = [
  { format: 'otlp', title: 'OTLP', about: 'OpenTelemetry JSON: Jaeger, Tempo, collectors' },
  { format: 'chrome', title: 'Chrome trace', about: 'Perfetto, speedscope, chrome://tracing' },
  { format: 'csv', title: 'CSV', about: 'One line a span' },
];

/** The trace as a file, in the formats other tools read. */
export function ExportMenu(props: {
  readonly source: string;
  readonly jobId: string;
  readonly onFailure: (error: unknown) => void;
}): ReactNode {
  const { client } = useApi();
  const { source, jobId, onFailure } = props;
  const save = useMutation({
    mutationFn: (format: TraceFormat) => client.trace.export({ source, job_id: jobId, format }),
    onSuccess: (file) => saveFile(file.filename, new Blob([file.text], { type: file.media_type })),
    onError: onFailure,
  });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" loading={save.isPending}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map((one) => (
          <Menu.Item key={one.format} onClick={() => save.mutate(one.format)}>
            {one.title} <span className="faint">{one.about}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
