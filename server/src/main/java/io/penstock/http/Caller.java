package io.penstock.http;

import java.util.function.BooleanSupplier;

/**
 * Who is calling, and whether the key that was shown is still good: a stream lasts longer than the
 * moment at which its key was looked at.
 *
 * @param isStillAllowed whether the key exists as it was when it was shown
 */
public record Caller(Principal principal, BooleanSupplier isStillAllowed) {}
