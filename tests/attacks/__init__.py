"""The numbered attacks of security.md section 9, over HTTP. After each of them `portal check` finds nothing."""
