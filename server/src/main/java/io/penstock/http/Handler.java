package io.penstock.http;

/** What a route does. Runs on a virtual thread and may block. */
@FunctionalInterface
public interface Handler {

  Answer handle(Request request) throws Exception;
}
