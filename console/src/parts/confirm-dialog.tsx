import { type ReactNode, useState } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

import { ErrorNotice } from './error-notice.tsx';
import './dialog.css';

type Props = {
  readonly isOpen: boolean;
  /** What will be done, as a question: `Drain pacs/pacs1?` */
  readonly title: string;
  /** What it means: who is concerned, and how it can be taken back. */
  readonly children: ReactNode;
  /** The verb: `Drain`. */
  readonly action: string;
  /** The way out, where `Cancel` is not what it does. */
  readonly cancel?: string;
  /** Does it; what it throws is shown, and the dialog stays. */
  readonly onConfirm: () => Promise<void>;
  /** It is over: it was done, or left. */
  readonly onClose: (isDone: boolean) => void;
  /** It harms somebody if it is a mistake. */
  readonly isDangerous?: boolean;
  readonly isDisabled?: boolean;
};

/** Asks before something is done, and shows why it was not. Escape, and the first button, leave everything as it is. */
export function ConfirmDialog(props: Props): ReactNode {
  const { isOpen, title, children, action, cancel = 'Cancel', onConfirm, onClose } = props;
  const { isDangerous = false, isDisabled = false } = props;
  const [error, setError] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const close = (isDone: boolean): void => {
    setError(undefined);
    onClose(isDone);
  };
  const confirm = async (): Promise<void> => {
    // The button stays as it is: one that is disabled would lose the focus.
    if (isBusy) return;
    setIsBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      close(true);
    } catch (refused) {
      setError(refused);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      onOpenChange={(open) => !open && close(false)}
      isDismissable={!isBusy}
    >
      <Modal className="modal">
        <Dialog className="dialog" role="alertdialog">
          <Heading slot="title">{title}</Heading>
          {children}
          {error !== undefined && <ErrorNotice error={error} />}
          <div className="dialog-buttons">
            <Button className="button" onPress={() => close(false)} isDisabled={isBusy} autoFocus>
              {cancel}
            </Button>
            <Button
              className="button primary"
              data-tone={isDangerous ? 'bad' : undefined}
              isDisabled={isDisabled}
              onPress={() => void confirm()}
            >
              {isBusy ? `${action}…` : action}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
