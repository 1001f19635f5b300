import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

import { ErrorNotice } from './error-notice.tsx';
import './dialog.css';

type Props = {
  readonly title: string;
  /** Fields; the first has `autoFocus`. */
  readonly children: ReactNode;
  /** The verb: `Add`. */
  readonly action: string;
  /** Does it; what it throws is shown, and the dialog stays with what was typed. */
  readonly onSubmit: () => Promise<void>;
  /** It is over: it was done, or left. */
  readonly onClose: (isDone: boolean) => void;
  /** Something is missing yet. */
  readonly isIncomplete: boolean;
};

/** Asks for what something takes, and does it. It is there as long as it is drawn. */
export function FormDialog({ title, children, action, onSubmit, onClose, isIncomplete }: Props): ReactNode {
  const [error, setError] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    setError(undefined);
    try {
      await onSubmit();
      onClose(true);
    } catch (refused) {
      setError(refused);
      setIsBusy(false);
    }
  };
  return (
    <ModalOverlay className="overlay" isOpen onOpenChange={(open) => !open && onClose(false)}>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">{title}</Heading>
          <form className="dialog-form" onSubmit={(event) => void submit(event)}>
            {children}
            {error !== undefined && <ErrorNotice error={error} what={action} />}
            <div className="dialog-buttons">
              <Button className="button" onPress={() => onClose(false)}>
                Cancel
              </Button>
              <Button className="button primary" type="submit" isDisabled={isIncomplete} isPending={isBusy}>
                {action}
              </Button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
