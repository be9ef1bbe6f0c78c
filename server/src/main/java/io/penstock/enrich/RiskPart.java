package io.penstock.enrich;

/** Why an event's risk is what it is: one reason and the points that it adds. */
public record RiskPart(String reason, int points) {}
