package io.penstock.api;

import io.penstock.http.Route;
import java.util.List;

/** Routes that belong together. */
public interface Resource {
  List<Route> routes();
}
