import type { ReactNode, Ref } from 'react';
import { formatCount } from '#shared/lib/format.ts';
import type { WaterfallChrome } from './chrome.ts';
import type { WaterfallCommand } from './keys.ts';

interface Props {
  readonly chrome: WaterfallChrome;
  readonly query: string;
  readonly searchRef: Ref<HTMLInputElement>;
  readonly onQuery: (query: string) => void;
  readonly onCommand: (command: WaterfallCommand) => void;
  readonly onLeaveSearch: () => void;
}

/** One line: search with its count, errors, and what is drawn. Every control has its key in its title. */
export const WaterfallToolbar = ({
  chrome,
  query,
  searchRef,
  onQuery,
  onCommand,
  onLeaveSearch,
}: Props): ReactNode => (
  <div className="wf-toolbar" role="toolbar" aria-label="Waterfall">
    <input
      ref={searchRef}
      className="wf-search"
      type="search"
      value={query}
      placeholder="Search spans  /"
      aria-label="Search span names and labels"
      spellCheck={false}
      onChange={(event) => onQuery(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onCommand(event.shiftKey ? 'previous_match' : 'next_match');
        else if (event.key === 'Escape' || event.key === 'ArrowDown') onLeaveSearch();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
    {query !== '' && (
      <>
        <output className="wf-figure wf-count">
          {chrome.matchCount === 0
            ? 'no match'
            : `${chrome.matchAt === 0 ? '–' : formatCount(chrome.matchAt)} of ${formatCount(chrome.matchCount)}`}
        </output>
        <Key command="previous_match" title="Previous match (N)" onCommand={onCommand} text="↑" />
        <Key command="next_match" title="Next match (n)" onCommand={onCommand} text="↓" />
      </>
    )}
    <span className="wf-spring" />
    <span className="wf-figure wf-dim">{`${formatCount(chrome.spanCount)} spans`}</span>
    {chrome.errorCount > 0 && (
      <button
        type="button"
        className="wf-key wf-errors"
        title="Next error (e)"
        onClick={() => onCommand('next_error')}
      >
        {`✕ ${formatCount(chrome.errorCount)} ${chrome.errorCount === 1 ? 'error' : 'errors'}`}
      </button>
    )}
    {chrome.openCount > 0 && (
      <Key
        command="follow"
        title="Keep the time axis at now (l)"
        onCommand={onCommand}
        text={`Follow ${formatCount(chrome.openCount)} open`}
        pressed={chrome.follow}
      />
    )}
    <Key
      command="critical_path"
      title="What the end waited for: a thin line under the bars (p)"
      onCommand={onCommand}
      text="Critical path"
      pressed={chrome.criticalPath}
    />
    <Key command="collapse_all" title="Collapse all (Shift+Left)" onCommand={onCommand} text="Collapse" />
    <Key command="expand_all" title="Expand all (Shift+Right)" onCommand={onCommand} text="Expand" />
    <Key
      command="fit_all"
      title="Fit the whole trace (f)"
      onCommand={onCommand}
      text="Fit"
      disabled={!chrome.zoomed}
    />
  </div>
);

const Key = ({
  command,
  title,
  text,
  onCommand,
  pressed,
  disabled = false,
}: {
  readonly command: WaterfallCommand;
  readonly title: string;
  readonly text: string;
  readonly onCommand: (command: WaterfallCommand) => void;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
}): ReactNode => (
  <button
    type="button"
    className="wf-key"
    title={title}
    aria-label={text.length === 1 ? title : undefined}
    aria-pressed={pressed}
    disabled={disabled}
    onClick={() => onCommand(command)}
  >
    {text}
  </button>
);
