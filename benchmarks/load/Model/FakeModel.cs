using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Xopc.Load.Wire;

namespace Xopc.Load.Model;

/// <summary>
/// The model server: <c>POST /v1/chat/completions</c> as OpenAI speaks it, answering from <see cref="EchoText"/> at once or with the pace that the message asks for.
/// <c>POST /v1/traces</c>, <c>/v1/metrics</c> and <c>/v1/logs</c> take telemetry and count it (<c>GET /counts</c>), so that a run can measure with telemetry on.
/// </summary>
internal sealed class FakeModel
{
    private const string Head = "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"echo\",\"choices\":[{\"index\":0,\"delta\":";
    private static readonly byte[] Role = Encoding.ASCII.GetBytes($"data: {Head}{{\"role\":\"assistant\",\"content\":\"\"}},\"finish_reason\":null}}]}}\n\n");
    private static readonly byte[] Stop = Encoding.ASCII.GetBytes($"data: {Head}{{}},\"finish_reason\":\"stop\"}}]}}\n\n");
    private static readonly byte[] Usage = Encoding.ASCII.GetBytes(
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"echo\",\"choices\":[],"
        + "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":8,\"total_tokens\":18}}\n\ndata: [DONE]\n\n");

    private long _answers;
    private long _exports;

    public async ValueTask HandleAsync(WireExchange exchange, CancellationToken cancellationToken)
    {
        switch (exchange.Target)
        {
            case "/v1/chat/completions":
                await AnswerAsync(exchange, cancellationToken);
                break;
            case "/v1/traces" or "/v1/metrics" or "/v1/logs":
                Interlocked.Increment(ref _exports);
                await exchange.AnswerJsonAsync(200, "{}"u8, cancellationToken);
                break;
            case "/counts":
                await exchange.AnswerJsonAsync(
                    200, Encoding.ASCII.GetBytes($$"""{"answers":{{Interlocked.Read(ref _answers)}},"exports":{{Interlocked.Read(ref _exports)}}}"""), cancellationToken);
                break;
            case "/v1/models":
                await exchange.AnswerJsonAsync(200, """{"object":"list","data":[{"id":"echo","object":"model"}]}"""u8, cancellationToken);
                break;
            default:
                await exchange.AnswerJsonAsync(404, """{"error":{"message":"not here"}}"""u8, cancellationToken);
                break;
        }
    }

    private async ValueTask AnswerAsync(WireExchange exchange, CancellationToken cancellationToken)
    {
        EchoRequest request;
        try
        {
            request = EchoRequest.Read(exchange.Body);
        }
        catch (Exception ex) when (ex is InvalidDataException or JsonException)
        {
            await exchange.AnswerJsonAsync(400, """{"error":{"message":"not a chat completion request"}}"""u8, cancellationToken);
            return;
        }

        Interlocked.Increment(ref _answers);
        if (!request.Stream)
        {
            await exchange.AnswerJsonAsync(200, Whole(request), cancellationToken);
            return;
        }

        exchange.BeginEvents();
        exchange.Chunk(Role);
        for (var i = 0; i < request.Tokens; i++)
        {
            if (request.PaceMs > 0 && i > 0)
            {
                await exchange.FlushAsync(cancellationToken);
                await Task.Delay(TimeSpan.FromMilliseconds(request.PaceMs), TimeProvider.System, cancellationToken);
            }

            WriteToken(exchange, request, i);
        }

        exchange.Chunk(Stop);
        exchange.Chunk(Usage);
        exchange.EndChunks();
        await exchange.FlushAsync(cancellationToken);
    }

    private static void WriteToken(WireExchange exchange, in EchoRequest request, int index)
    {
        Span<byte> frame = stackalloc byte[512];
        var text = EchoText.Token(request.Marker, request.UserMessages, index, request.Tokens);
        var stamp = request.PaceMs > 0 ? string.Create(CultureInfo.InvariantCulture, $"~{EchoText.NowNanoseconds()};") : "";
        if (!Utf8.TryWrite(frame, $"data: {Head}{{\"content\":\"{stamp}{text}\"}},\"finish_reason\":null}}]}}\n\n", out var length))
        {
            throw new InvalidDataException("A marker that long fits no token.");
        }

        exchange.Chunk(frame[..length]);
    }

    private static byte[] Whole(in EchoRequest request) => Encoding.UTF8.GetBytes(
        "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"echo\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
        + EchoText.Answer(request.Marker, request.UserMessages, request.Tokens)
        + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":8,\"total_tokens\":18}}");
}
