package io.penstock.event;

import org.jspecify.annotations.Nullable;

/**
 * What an event of kind {@link Event.Kind#EXCHANGE} is about: a request of a program and what
 * became of it. Headers, query and bodies stand in {@link Event#extra}.
 *
 * @param product the profile that knows such requests; null when none does
 * @param verdict what was done with it, in upper case ({@code MOCK}, {@code OBSERVE}, {@code
 *     BLOCK}, {@code TUNNEL})
 * @param rule which rule said so
 * @param scheme {@code http}, {@code https}, {@code ws} or {@code wss}
 * @param host whom it was for, in lower case
 * @param path without the query; an authority for {@code CONNECT}
 * @param status of the answer; {@link Event#ABSENT} when there was none
 * @param failure what ended it before its time, in upper case; null when nothing did
 */
public record HttpExchange(
    @Nullable String product,
    String verdict,
    String rule,
    String scheme,
    String method,
    String host,
    String path,
    int status,
    @Nullable String failure) {}
