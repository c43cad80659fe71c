"""What each call knows: the names and types of its parameters, a `!` after those that it needs.

The portal's own calls are here whole; of what else Stripe takes, only what is worth having. The rest is refused as
`parameter_unknown`, so that nobody believes that the stand-in heeds it.
"""

from portal.sandbox.stripe.wire import MAP, Either, Spec, Unset

ADDRESS = Unset(dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), Unset(str)))
RANGE = Either(int, dict.fromkeys(("gt", "gte", "lt", "lte"), int))
METADATA = MAP
LISTED: dict[str, Spec] = {"limit": int, "starting_after": str, "ending_before": str, "created": RANGE}
LIABILITY = {"type!": ("self", "account"), "account": str}
TAX = {"enabled!": bool, "liability": LIABILITY}
DISCOUNTS = Unset([{"coupon": str, "promotion_code": str, "discount": str}])
INTERVALS = ("day", "week", "month", "year")
RECURRING = {"interval!": INTERVALS, "interval_count": int, "usage_type": ("licensed",)}
TAX_BEHAVIOR = ("exclusive", "inclusive", "unspecified")
PRORATION = ("always_invoice", "create_prorations", "none")
PAYMENT_BEHAVIOR = ("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete")
CANCELLATION = {
    "comment": Unset(str),
    "feedback": Unset(
        (
            *("customer_service", "low_quality", "missing_features", "other"),
            *("switched_service", "too_complex", "too_expensive", "unused"),
        )
    ),
}
TRIAL_SETTINGS = {"end_behavior!": {"missing_payment_method!": ("cancel", "create_invoice", "pause")}}
BILLING_MODE = {
    "type!": ("classic", "flexible"),
    "flexible": {"proration_discounts": ("included", "itemized")},
}
ANCHOR = {"type!": ("now", "unchanged")}
CANCEL_AT = Unset(Either(int, ("min_period_end", "max_period_end")))
TRIAL_END = Either(int, ("now",))

CUSTOMER: dict[str, Spec] = {
    "address": ADDRESS,
    "balance": int,
    "description": Unset(str),
    "email": Unset(str),
    "invoice_settings": {"default_payment_method": Unset(str)},
    "metadata": METADATA,
    "name": Unset(str),
    "phone": Unset(str),
    "preferred_locales": [str],
    "tax_exempt": Unset(("none", "exempt", "reverse")),
}
BALANCE: dict[str, Spec] = {"amount!": int, "currency!": str, "description": str, "metadata": METADATA}
PRODUCT: dict[str, Spec] = {
    "active": bool,
    "description": Unset(str),
    "images": Unset([str]),
    "metadata": METADATA,
    "statement_descriptor": str,
    "tax_code": Unset(str),
    "unit_label": Unset(str),
    "url": Unset(str),
}
PRICE_UPDATE: dict[str, Spec] = {
    "active": bool,
    "lookup_key": Unset(str),
    "metadata": METADATA,
    "nickname": Unset(str),
    "tax_behavior": TAX_BEHAVIOR,
    "transfer_lookup_key": bool,
}
PRICE: dict[str, Spec] = PRICE_UPDATE | {
    "currency!": str,
    "nickname": str,
    "product": str,
    "product_data": {
        "name!": str,
        "id": str,
        "active": bool,
        "metadata": METADATA,
        "tax_code": str,
        "unit_label": str,
    },
    "recurring": RECURRING,
    "unit_amount": int,
    "billing_scheme": ("per_unit",),
}
PRICES = LISTED | {
    "active": bool,
    "currency": str,
    "product": str,
    "type": ("one_time", "recurring"),
    "lookup_keys": [str],
    "recurring": {"interval": INTERVALS},
}
COUPON: dict[str, Spec] = {
    "id": str,
    "amount_off": int,
    "currency": str,
    "duration": ("once", "repeating", "forever"),
    "duration_in_months": int,
    "max_redemptions": int,
    "metadata": METADATA,
    "name": str,
    "percent_off": float,
    "redeem_by": int,
}
PROMOTION_CODE: dict[str, Spec] = {
    "promotion!": {"type!": ("coupon",), "coupon": str},
    "active": bool,
    "code": str,
    "customer": str,
    "expires_at": int,
    "max_redemptions": int,
    "metadata": METADATA,
}
SUBSCRIPTION_DATA: dict[str, Spec] = {
    "billing_mode": BILLING_MODE,
    "description": str,
    "metadata": METADATA,
    "trial_end": int,
    "trial_period_days": int,
    "trial_settings": TRIAL_SETTINGS,
}
PRICE_DATA: dict[str, Spec] = {
    "currency!": str,
    "product": str,
    "product_data": {"name!": str, "description": str, "metadata": METADATA, "tax_code": str},
    "recurring": RECURRING,
    "tax_behavior": TAX_BEHAVIOR,
    "unit_amount": int,
}
SESSION: dict[str, Spec] = {
    "allow_promotion_codes": bool,
    "allowed_payment_method_types": [("card", "link", "sepa_debit")],  # those that it has
    "automatic_tax": TAX,
    "cancel_url": str,
    "client_reference_id": str,
    "consent_collection": {"promotions": str, "terms_of_service": str},
    "customer": str,
    "customer_creation": ("always", "if_required"),
    "customer_email": str,
    "customer_update": dict.fromkeys(("address", "name", "shipping"), ("auto", "never")),
    "discounts": [{"coupon": str, "promotion_code": str}],
    "expires_at": int,
    "invoice_creation": {
        "enabled!": bool,
        "invoice_data": {"description": str, "footer": str, "metadata": METADATA},
    },
    "line_items": [{"price": str, "price_data": PRICE_DATA, "quantity": int}],
    "locale": str,
    "managed_payments": {"enabled": bool},
    "metadata": METADATA,
    "mode!": ("payment", "subscription"),
    "payment_intent_data": {
        "description": str,
        "metadata": METADATA,
        "setup_future_usage": ("off_session", "on_session"),
    },
    "payment_method_collection": ("always", "if_required"),
    "submit_type": ("auto", "book", "donate", "pay", "subscribe"),
    "subscription_data": SUBSCRIPTION_DATA,
    "success_url!": str,
    "tax_id_collection": {"enabled!": bool, "required": str},
    "ui_mode": ("hosted_page",),
}
FEATURES: dict[str, Spec] = {
    "customer_update": {"enabled": bool, "allowed_updates": Unset([str])},
    "invoice_history": {"enabled!": bool},
    "payment_method_update": {"enabled!": bool},
    "subscription_cancel": {
        "enabled": bool,
        "mode": ("at_period_end", "immediately"),
        "proration_behavior": PRORATION,
        "cancellation_reason": {"enabled": bool, "options": Unset([str])},
    },
    "subscription_update": {
        "enabled": bool,
        "default_allowed_updates": Unset([str]),
        "proration_behavior": PRORATION,
    },
}
CONFIGURATION: dict[str, Spec] = {
    "business_profile": {"headline": Unset(str), "privacy_policy_url": str, "terms_of_service_url": str},
    "default_return_url": Unset(str),
    "metadata": METADATA,
    "name": Unset(str),
}
PORTAL: dict[str, Spec] = {
    "customer!": str,
    "configuration": str,
    "locale": str,
    "return_url": str,
    "flow_data": {
        "type!": (
            "payment_method_update",
            "subscription_cancel",
            "subscription_update",
            "subscription_update_confirm",
        ),
        "after_completion": {
            "type!": ("hosted_confirmation", "portal_homepage", "redirect"),
            "redirect": {"return_url!": str},
            "hosted_confirmation": {"custom_message": str},
        },
        "subscription_cancel": {"subscription!": str},
    },
}
ITEM: dict[str, Spec] = {"id": str, "price": str, "quantity": int, "deleted": bool, "metadata": METADATA}
SUBSCRIPTION: dict[str, Spec] = SUBSCRIPTION_DATA | {
    "automatic_tax": TAX,
    "customer!": str,
    "default_payment_method": str,
    "discounts": DISCOUNTS,
    "items!": [{"price": str, "quantity": int, "metadata": METADATA}],
    "off_session": bool,
    "payment_behavior": PAYMENT_BEHAVIOR,
    "proration_behavior": PRORATION,
    "trial_end": TRIAL_END,
}
SUBSCRIPTION_UPDATE: dict[str, Spec] = {
    "billing_cycle_anchor": ANCHOR,
    "cancel_at": CANCEL_AT,
    "cancel_at_period_end": bool,
    "cancellation_details": CANCELLATION,
    "default_payment_method": str,
    "description": Unset(str),
    "discounts": DISCOUNTS,
    "items": [ITEM],
    "metadata": METADATA,
    "off_session": bool,
    "pause_collection": Unset(
        {"behavior!": ("keep_as_draft", "mark_uncollectible", "void"), "resumes_at": int}
    ),
    "payment_behavior": PAYMENT_BEHAVIOR,
    "proration_behavior": PRORATION,
    "proration_date": int,
    "trial_end": TRIAL_END,
    "trial_settings": TRIAL_SETTINGS,
}
SUBSCRIPTION_CANCEL = {"cancellation_details": CANCELLATION, "invoice_now": bool, "prorate": bool}
PAUSE: dict[str, Spec] = {
    "type": ("subscription",),
    "invoicing_behavior": ("invoice", "pending_invoice_item"),
    "bill_for": {
        "unused_time_from": {"type!": ("item_current_period_start", "none", "now")},
        "outstanding_usage_through": {"type!": ("none", "now")},
    },
}
RESUME: dict[str, Spec] = {
    "billing_cycle_anchor": ANCHOR,
    "payment_behavior": ("resume_on_payment_attempt", "resume_on_payment_success"),
    "proration_behavior": PRORATION,
    "proration_date": int,
}
PREVIEW: dict[str, Spec] = {
    "customer": str,
    "discounts": DISCOUNTS,
    "preview_mode": ("next",),
    "schedule": str,
    "subscription": str,
    "subscription_details": {
        "billing_mode": BILLING_MODE,
        "cancel_at": CANCEL_AT,
        "cancel_at_period_end": bool,
        "items": [ITEM],
        "proration_behavior": PRORATION,
        "proration_date": int,
        "resume_at": ("now",),
        "trial_end": TRIAL_END,
    },
}
PHASE: dict[str, Spec] = {
    "discounts": DISCOUNTS,
    "duration": {"interval!": INTERVALS, "interval_count": int},
    "end_date": int,
    "items!": [{"price": str, "quantity": int, "metadata": METADATA}],
    "metadata": METADATA,
    "proration_behavior": PRORATION,
    "start_date": int,
}
SCHEDULE: dict[str, Spec] = {"from_subscription!": str, "metadata": METADATA}
SCHEDULE_UPDATE: dict[str, Spec] = {
    "end_behavior": ("cancel", "release"),
    "metadata": METADATA,
    "phases": [PHASE],
    "proration_behavior": PRORATION,
}
REFUND: dict[str, Spec] = {
    "amount": int,
    "charge": str,
    "metadata": METADATA,
    "payment_intent": str,
    "reason": ("duplicate", "fraudulent", "requested_by_customer"),
}
EVENTS = LISTED | {"delivery_success": bool, "type": str, "types": [str]}
ENDPOINT: dict[str, Spec] = {
    "api_version": str,
    "description": Unset(str),
    "enabled_events!": [str],
    "metadata": METADATA,
    "url!": str,
}
ENDPOINT_UPDATE: dict[str, Spec] = {
    "description": Unset(str),
    "disabled": bool,
    "enabled_events": [str],
    "metadata": METADATA,
    "url": str,
}
