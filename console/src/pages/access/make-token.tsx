import { type ReactNode, useState } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

import { refresh } from '../../api/answer.ts';
import { ask } from '../../api/ask.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { SelectInput } from '../../parts/select-input.tsx';
import { TextInput } from '../../parts/text-input.tsx';
import { areWhole, GrantFields, VIEWER } from './grant-fields.tsx';

const LIFETIMES = [
  ['30d', '30 days'],
  ['90d', '90 days'],
  ['180d', 'half a year'],
  ['365d', 'a year'],
] as const;

/** Makes a token, then shows its secret once. */
export function MakeToken({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [name, setName] = useState('');
  const [grants, setGrants] = useState([VIEWER]);
  const [expires, setExpires] = useState<(typeof LIFETIMES)[number][0]>('90d');
  const [secret, setSecret] = useState<string>();
  const make = async (): Promise<void> => {
    const made = await ask('POST', '/api/v1/tokens', { body: { name, grants, expires } });
    setSecret(made.secret);
    await refresh('/api/v1/tokens');
  };
  if (secret !== undefined) {
    const onlyLooks = grants.every(({ role }) => role === VIEWER.role);
    return <Secret name={name} secret={secret} onlyLooks={onlyLooks} onClose={onClose} />;
  }
  return (
    <FormDialog
      title="Make a token"
      action="Make"
      onSubmit={make}
      onClose={(isDone) => !isDone && onClose()}
      isIncomplete={name === '' || !areWhole(grants)}
    >
      <TextInput
        label="Name"
        value={name}
        onChange={setName}
        hint="Who uses it: prometheus, backup, wall-er. Small letters, digits and . _ -"
        autoFocus
      />
      <SelectInput label="Expires in" value={expires} options={LIFETIMES} onChange={setExpires} />
      <GrantFields grants={grants} onChange={(changed) => setGrants([...changed])} />
      <p className="quiet small">It may do no more than you may, and is revoked when you are disabled or removed.</p>
    </FormDialog>
  );
}

type SecretProps = {
  readonly name: string;
  readonly secret: string;
  readonly onlyLooks: boolean;
  readonly onClose: () => void;
};

function Secret({ name, secret, onlyLooks, onClose }: SecretProps): ReactNode {
  const [copied, setCopied] = useState<string>();
  const copy = (text: string): void =>
    void navigator.clipboard.writeText(text).then(
      () => setCopied(text),
      () => setCopied(undefined),
    );
  const link = `${location.origin}/#/screen/${secret}`;
  return (
    <ModalOverlay className="overlay" isOpen isKeyboardDismissDisabled>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">The secret of {name}</Heading>
          <p>It is shown this once, and kept nowhere: copy it to where the program reads it.</p>
          <p className="token-secret">
            <code>{secret}</code>
          </p>
          <p className="quiet small">
            The program sends it with each request: <code>Authorization: Bearer vagus_…</code>
          </p>
          {onlyLooks && (
            <>
              <p className="quiet small">
                Or a screen on a wall: open this address in its browser once, and it shows the console until the token
                ends, with nobody logged in.
              </p>
              <p className="token-secret">
                <code>{link}</code>
              </p>
            </>
          )}
          <div className="dialog-buttons">
            {onlyLooks && (
              <Button className="button" onPress={() => copy(link)}>
                {copied === link ? 'Address copied' : 'Copy address'}
              </Button>
            )}
            <Button className="button" onPress={() => copy(secret)} autoFocus>
              {copied === secret ? 'Copied' : 'Copy'}
            </Button>
            <Button className="button primary" onPress={onClose}>
              I have it
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
