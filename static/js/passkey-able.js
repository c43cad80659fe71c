// Tells the server, with what is sent anyway, whether this device could keep a passkey: only then is one offered.

export default async (field) => {
  const known = window.PublicKeyCredential;
  if (!known?.parseCreationOptionsFromJSON) return;
  if (await known.isUserVerifyingPlatformAuthenticatorAvailable()) field.value = "1";
};
