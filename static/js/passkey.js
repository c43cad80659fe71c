// <passkey-form>: a plain form whose one button asks the phone for a passkey, or to make one, and sends what it says.
// Without script or passkeys the element stays hidden, and its page has another way.

const known = window.PublicKeyCredential;
const able = Boolean(known?.parseRequestOptionsFromJSON && known.parseCreationOptionsFromJSON);
const OFFER_AGAIN = 4 * 60 * 1000; // a challenge lives for five minutes

export default (element) => element.start?.(); // as every module that a page asks for

if (able) {
  customElements.define(
    "passkey-form",
    class extends HTMLElement {
      start() {
        this.form = this.querySelector("form");
        this.say = this.querySelector("[role=status]");
        this.hidden = false;
        this.form.addEventListener("submit", (event) => {
          event.preventDefault();
          event.stopPropagation(); // nothing is sent yet: the page's guard against sending twice is not asked
          this.ask();
        });
        if (this.dataset.unknown) {
          known.signalUnknownCredential?.({ rpId: this.dataset.site, credentialId: this.dataset.unknown }).catch(() => {});
        }
        if (this.dataset.purpose === "sign_in") this.offer();
      }

      // What the server wants signed.
      async options() {
        const body = new URLSearchParams(new FormData(this.form));
        body.set("purpose", this.dataset.purpose);
        const answer = await fetch(this.dataset.options, { method: "POST", body });
        if (!answer.ok) throw Object.assign(new Error(`the portal answered ${answer.status}`), { status: answer.status });
        return answer.json();
      }

      // The phone's own sheet, after a tap on the button.
      async ask() {
        if (this.asking) return;
        this.asking = true;
        this.offered?.abort();
        this.say.textContent = "";
        try {
          const options = await this.options();
          const credential =
            this.dataset.purpose === "add"
              ? await navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(options) })
              : await navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options) });
          this.send(credential);
        } catch (fault) {
          if (fault.status === 403) return location.replace(this.dataset.page); // too old: she came in or left in another tab
          const words = fault.name === "InvalidStateError" ? this.dataset.there : this.dataset.failed;
          this.say.textContent = words ?? this.dataset.failed;
          if (this.dataset.purpose === "sign_in") this.offer();
        } finally {
          this.asking = false;
        }
      }

      // The passkey among what the keyboard suggests for the address; renewed before its challenge is too old.
      async offer() {
        if (!(await known.isConditionalMediationAvailable?.())) return;
        const offered = (this.offered = new AbortController());
        const again = setTimeout(() => {
          offered.abort();
          this.offer();
        }, OFFER_AGAIN);
        offered.signal.addEventListener("abort", () => clearTimeout(again));
        try {
          const publicKey = known.parseRequestOptionsFromJSON(await this.options());
          const credential = await navigator.credentials.get({ publicKey, mediation: "conditional", signal: offered.signal });
          this.send(credential);
        } catch {
          // Nothing was chosen, or the button was faster: the field and the button are there as before.
        }
      }

      send(credential) {
        this.form.elements.credential.value = JSON.stringify(credential);
        this.form.submit();
      }
    },
  );
}
