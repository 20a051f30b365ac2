/**
 * The compiler only understands the package's declaration of this path with another
 * `moduleResolution`.
 */
declare module '@opentelemetry/otlp-exporter-base/node-http' {
  export * from '@opentelemetry/otlp-exporter-base/build/src/index-node-http';
}
