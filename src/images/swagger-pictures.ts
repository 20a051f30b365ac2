/** The little of React and of Swagger UI that the plugin below touches. */
interface SwaggerSystem {
  readonly React: {
    createElement(type: unknown, props: object | null, ...children: unknown[]): unknown;
  };
}
interface ResponseBodyProps {
  readonly content: unknown;
}
type Component = (props: ResponseBodyProps) => unknown;

/**
 * A plugin for Swagger UI that shows the images of a response as images, above their base64. Its
 * source text is sent to the browser, so it must not refer to anything outside itself.
 */
export function swaggerPictures(): object {
  return {
    wrapComponents: {
      responseBody:
        (original: Component, system: SwaggerSystem): Component =>
        (props) => {
          const React = system.React;
          let items: { b64_json?: string; url?: string }[] = [];
          let format = 'jpeg';
          try {
            const response = JSON.parse(String(props.content)) as {
              data?: { b64_json?: string; url?: string }[];
              output_format?: string;
            };
            items = response.data ?? [];
            format = response.output_format ?? format;
          } catch {
            // Not JSON, so there is nothing to show.
          }
          const sources = items
            .map((item) =>
              item.b64_json === undefined
                ? item.url
                : `data:image/${format};base64,${item.b64_json}`,
            )
            .filter((source) => source?.startsWith('data:image/'));
          const pictures = sources.map((source, index) =>
            React.createElement('img', {
              key: index,
              src: source,
              alt: `image ${index + 1}`,
              style: { maxWidth: '100%', maxHeight: 420, margin: '0 8px 8px 0', borderRadius: 4 },
            }),
          );
          return React.createElement(
            'div',
            null,
            React.createElement('div', null, pictures),
            React.createElement(original, props),
          );
        },
    },
  };
}
