/** The package says where this is in a way that the compiler reads only with another `moduleResolution`. */
declare module '@opentelemetry/otlp-exporter-base/node-http' {
  export * from '@opentelemetry/otlp-exporter-base/build/src/index-node-http';
}
