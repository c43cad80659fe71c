// Tells the keepers of passkeys which of hers still count and what she is called, so that a removed one is offered no more.

export default async (element) => {
  const known = window.PublicKeyCredential;
  const { site: rpId, owner: userId, name, display: displayName, accepted } = element.dataset;
  try {
    await known?.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds: JSON.parse(accepted) });
    await known?.signalCurrentUserDetails?.({ rpId, userId, name, displayName });
  } catch {
    // A keeper that does not listen changes nothing here.
  }
};
