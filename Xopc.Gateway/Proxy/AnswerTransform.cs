using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

namespace Xopc.Gateway.Proxy;

/// <summary>The last step before a service's answer goes to the client.</summary>
internal sealed class AnswerTransform(IHostApplicationLifetime lifetime) : ResponseTransform
{
    private const string EventStream = "text/event-stream";

    public override ValueTask ApplyAsync(ResponseTransformContext context)
    {
        AnswerDeadlines.Met(context.HttpContext);
        var response = context.HttpContext.Response;
        response.Headers.Remove(HeaderNames.Server);

        // What YARP has copied; the service's own header would have to be parsed for each answer.
        if (context.ProxyResponse is not { Content: { } stream } answer || !IsEventStream(response.ContentType))
        {
            return ValueTask.CompletedTask;
        }

        // A proxy in front of the edge (nginx) collects a stream unless it is told not to.
        response.Headers["X-Accel-Buffering"] = "no";
        answer.Content = new FarewellContent(stream, lifetime.ApplicationStopping);

        // YARP sends the headers with the first byte of the body; an idle stream's client would wait 15 s to learn that it is connected.
        return new ValueTask(response.Body.FlushAsync(context.HttpContext.RequestAborted));
    }

    private static bool IsEventStream(ReadOnlySpan<char> contentType) =>
        contentType.StartsWith(EventStream, StringComparison.OrdinalIgnoreCase) && (contentType.Length == EventStream.Length || contentType[EventStream.Length] is ';' or ' ');
}
