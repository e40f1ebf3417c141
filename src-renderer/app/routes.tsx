import type { ReactNode } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { useHashQuery } from '#renderer/client/hash-location.ts';
import { decodedPart, paths } from '#renderer/client/routes.ts';
import { ArchivePage } from '#renderer/features/archive/archive-page.tsx';
import { JournalPage } from '#renderer/features/archive/journal-page.tsx';
import { ReportPage } from '#renderer/features/archive/report-page.tsx';
import { ReportsPage } from '#renderer/features/archive/reports-page.tsx';
import { ComparePage } from '#renderer/features/compare/compare-page.tsx';
import { ExplorePage } from '#renderer/features/compare/explore-page.tsx';
import { CostsPage } from '#renderer/features/costs/costs-page.tsx';
import { JobPage } from '#renderer/features/jobs/job-page.tsx';
import { JobsPage } from '#renderer/features/jobs/jobs-page.tsx';
import { NewJobPage } from '#renderer/features/jobs/new-job-page.tsx';
import { JobLogPanel } from '#renderer/features/logs/job-log-panel.tsx';
import { LogsPage } from '#renderer/features/logs/logs-page.tsx';
import { OffersPage } from '#renderer/features/offers/offers-page.tsx';
import { SettingsPage } from '#renderer/features/settings/settings-page.tsx';
import { BandsPage } from '#renderer/features/trace-diff/bands-page.tsx';
import { DiffPage } from '#renderer/features/trace-diff/diff-page.tsx';
import { EmptyState } from '#renderer/widgets/notice.tsx';
import { View } from '#renderer/widgets/view.tsx';
import { OWN } from '#shared/model/source.ts';

/** What each path shows. `#/jobs/<id>` is short for a job of the own store. */
export function Routes(): ReactNode {
  return (
    <Switch>
      <Route path="/s/:source/jobs">
        {({ source }) => <JobsPage key={source} source={decodedPart(source)} />}
      </Route>
      <Route path="/s/:source/jobs/:id">
        {({ source, id }) => (
          <JobPage
            key={`${source}/${id}`}
            source={decodedPart(source)}
            jobId={decodedPart(id)}
            Logs={JobLogPanel}
          />
        )}
      </Route>
      <Route path="/jobs/:id">{({ id }) => <ShortLink jobId={decodedPart(id)} />}</Route>
      <Route path="/new">
        <NewJobPage />
      </Route>
      <Route path="/archive/reports">
        <ReportsPage />
      </Route>
      <Route path="/archive/report/:id">
        {({ id }) => <ReportPage key={id} reportId={decodedPart(id)} />}
      </Route>
      <Route path="/archive/journal">
        <JournalPage />
      </Route>
      <Route path="/archive/:target?">
        {({ target }) => <ArchivePage target={target === undefined ? undefined : decodedPart(target)} />}
      </Route>
      <Route path="/diff">
        <DiffPage />
      </Route>
      <Route path="/bands">
        <BandsPage />
      </Route>
      <Route path="/compare">
        <ComparePage />
      </Route>
      <Route path="/compare/explore">
        <ExplorePage />
      </Route>
      <Route path="/costs/:page?">{({ page }) => <CostsPage page={page} />}</Route>
      <Route path="/offers/:page?">{({ page }) => <OffersPage page={page} />}</Route>
      <Route path="/logs">
        <LogsPage />
      </Route>
      <Route path="/settings/:section?">{({ section }) => <SettingsPage section={section} />}</Route>
      <Route path="/">
        <Redirect to={paths.jobs()} replace />
      </Route>
      <Route path="/jobs">
        <Redirect to={paths.jobs()} replace />
      </Route>
      <Route>
        <View title={<h1>Not found</h1>}>
          <EmptyState title="There is no such view" action={<a href={`#${paths.jobs()}`}>Go to Jobs</a>}>
            The link may belong to another version.
          </EmptyState>
        </View>
      </Route>
    </Switch>
  );
}

function ShortLink(props: { readonly jobId: string }): ReactNode {
  const [query] = useHashQuery();
  return <Redirect to={paths.job(OWN, props.jobId, query.get('span') ?? undefined)} replace />;
}
