using System.Net;

namespace Xopc.Channels.Telegram;

/// <summary>
/// Tells requests that never left from those whose outcome nobody knows: a request that failed before its body was begun was refused, not resolved, or not let
/// through TLS, and nobody saw it.
/// </summary>
internal sealed class SentTrackingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not { } content)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var tracked = new TrackedContent(content);
        request.Content = tracked;
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (Exception ex) when (!tracked.Begun)
        {
            throw new NotSentException(ex is HttpRequestException { HttpRequestError: var error } ? error.ToString() : ex.GetType().Name);
        }
    }

    private sealed class TrackedContent : HttpContent
    {
        private readonly HttpContent _content;

        public TrackedContent(HttpContent content)
        {
            _content = content;
            foreach (var (name, values) in content.Headers)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        public bool Begun { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            Begun = true;
            return _content.CopyToAsync(stream, context);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            Begun = true;
            return _content.CopyToAsync(stream, context, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Headers.ContentLength ?? 0;
            return _content.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _content.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>The request never left: its message names the kind of failure, no address (the token stands in it).</summary>
internal sealed class NotSentException(string kind) : HttpRequestException($"The request did not leave ({kind}).");
