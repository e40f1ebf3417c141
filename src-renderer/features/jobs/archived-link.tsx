import { Button, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { shownFailure } from '#renderer/client/failure.ts';
import { useApi } from '#renderer/client/query.tsx';
import { CopyButton } from '#renderer/widgets/copy.tsx';
import { At } from '#renderer/widgets/figure.tsx';
import { FailureNotice } from '#renderer/widgets/notice.tsx';
import type { OpenedResult } from '#shared/model/archive.ts';
import styles from './archived.module.css';
import { LINK_SECONDS } from './archived-words.ts';

/** Makes a link that reads the object without credentials, and says first what that means. */
export function ArchivedLink(props: { readonly opened: OpenedResult }): ReactNode {
  const { target, key } = props.opened;
  const { client } = useApi();
  const [seconds, setSeconds] = useState('3600');
  const make = useMutation({
    mutationFn: () => client.archive.presign({ target, key, seconds: Number(seconds) }),
  });
  return (
    <form
      className={styles.link}
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <p>
        Whoever has the link can read this result until it expires, without an account. It cannot be taken
        back before then, except by withdrawing the access key that signs it or removing the object.
      </p>
      <div className={styles.linkLine}>
        <Select
          label="Works for"
          allowDeselect={false}
          data={[...LINK_SECONDS]}
          value={seconds}
          onChange={(value) => {
            make.reset();
            setSeconds(value ?? '3600');
          }}
        />
        <Button type="submit" loading={make.isPending}>
          Make link
        </Button>
        {make.data !== undefined && (
          <>
            <TextInput
              className={styles.url ?? ''}
              label={
                <>
                  Link, until <At at={make.data.expires_at} />
                </>
              }
              readOnly
              value={make.data.url}
              onFocus={(event) => event.currentTarget.select()}
            />
            <CopyButton text={make.data.url} label="Copy the link">
              Copy link
            </CopyButton>
          </>
        )}
      </div>
      {make.error !== null && (
        <FailureNotice failure={shownFailure(make.error)} what="The link was not made." />
      )}
    </form>
  );
}
