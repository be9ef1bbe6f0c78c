package io.penstock.config;

/**
 * A variable of the products that this one replaces, which is accepted and does nothing: the
 * operator is told so at the start.
 *
 * @param name the environment variable
 * @param why what there is instead, or why nothing is
 */
public record Ignored(String name, String why) {}
