/** The parts of React and of Swagger UI that the plugin below uses. */
interface SwaggerSystem {
  readonly React: { createElement(type: unknown, props: object): unknown };
}
interface RequestBodyProps {
  readonly contentType: string;
  readonly fn: object;
}
type Component<P> = (props: P) => unknown;

/**
 * A plugin for Swagger UI that shows form fields blank and does not send blank ones. By default,
 * Swagger UI fills each field with a sample, such as the first value of a list or the smallest
 * number, and sends them all. A user who picks a file and types a prompt does not want the first
 * value of every list and a seed of -2147483648.
 *
 * Its source text is sent to the browser, so it must not refer to anything outside itself.
 */
export function swaggerBlankForms(): object {
  return {
    wrapComponents: {
      RequestBody:
        (original: Component<RequestBodyProps>, system: SwaggerSystem) =>
        (props: RequestBodyProps): unknown => {
          const isForm = props.contentType === 'multipart/form-data';
          const fn = isForm ? { ...props.fn, getSampleSchema: () => undefined } : props.fn;
          return system.React.createElement(original, { ...props, fn });
        },
      // Otherwise its box would be ticked initially.
      ParameterIncludeEmpty:
        (original: Component<object>, system: SwaggerSystem) =>
        (props: object): unknown =>
          system.React.createElement(original, {
            ...props,
            isIncludedOptions: { shouldDispatchInit: false, defaultValue: false },
          }),
    },
  };
}
