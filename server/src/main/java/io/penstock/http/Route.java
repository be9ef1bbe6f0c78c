package io.penstock.http;

/**
 * One line of the route table.
 *
 * @param method upper case; a GET also answers HEAD
 * @param path segments, one of which may be a parameter: {@code /v1/schema/{name}}
 * @param access who may call it
 * @param handler what it does
 */
public record Route(String method, String path, Access access, Handler handler) {}
