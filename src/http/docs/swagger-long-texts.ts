/** The parts of React and of Swagger UI that the plugin below uses. */
interface SwaggerSystem {
  readonly React: { createElement(type: unknown, props: object): unknown };
}
interface ResponseBodyProps {
  readonly content: unknown;
}
type Component = (props: ResponseBodyProps) => unknown;

/**
 * A plugin for Swagger UI that shortens long texts in the body of a response, of which base64 is one. By itself,
 * Swagger UI lays out and colours all of it: a response of 20 MB freezes the page for a minute.
 *
 * Its source text is sent to the browser, so it must not refer to anything outside itself.
 */
export function swaggerLongTexts(): object {
  const shownWhole = 1000;
  return {
    wrapComponents: {
      responseBody:
        (original: Component, system: SwaggerSystem): Component =>
        (props) => {
          const { content } = props;
          const isLong = typeof content === 'string' && content.length > shownWhole;
          const shown = isLong
            ? content.replace(
                /[^\s"\\,]{1000,}/g,
                (text) => `${text.slice(0, 60)}… (${text.length.toLocaleString('en')} characters)`,
              )
            : content;
          return system.React.createElement(original, { ...props, content: shown });
        },
    },
  };
}
