using System.Buffers;
using System.Text;
using Xopc.Load.Measuring;
using Xopc.Load.Wire;

namespace Xopc.Load.Scenarios;

/// <summary>Sends the same words straight to the fake model, with the history that the gateway would send along.</summary>
internal sealed class ModelClient : ITurnClient
{
    private readonly WireConnection _connection;
    private readonly WireRequest _request = new("k");
    private readonly SseReader _frames = new();
    private readonly StreamedText _text = new();
    private readonly ArrayBufferWriter<byte> _messages = new(4096);
    private readonly ArrayBufferWriter<byte> _body = new(4096);
    private readonly SseFrame _onFrame;

    private ModelClient(WireConnection connection)
    {
        _connection = connection;
        _onFrame = OnFrame;
    }

    public static async Task<ITurnClient> OpenAsync(int port, CancellationToken cancellationToken) =>
        new ModelClient(await WireConnection.OpenAsync(port, cancellationToken));

    public void NewConversation(string name) => _messages.ResetWrittenCount();

    public async ValueTask<TurnAnswer> AskAsync(string message, Samples? delays, CancellationToken cancellationToken)
    {
        Say("user", message);
        _body.ResetWrittenCount();
        _body.Write("""{"model":"echo","stream":true,"stream_options":{"include_usage":true},"messages":["""u8);
        _body.Write(_messages.WrittenSpan);
        _body.Write("]}"u8);

        _text.Begin(delays);
        var status = await _connection.SendAsync(_request.Post("/v1/chat/completions", _body.WrittenSpan, stream: true), cancellationToken);
        while (await _connection.ReadPieceAsync(cancellationToken) is { Length: > 0 } piece)
        {
            _frames.Add(piece.Span, _onFrame);
        }

        var answer = status == 200 ? _text.Answer : default;
        Say("assistant", answer.Reply ?? "");
        return answer;
    }

    public void Dispose() => _connection.Dispose();

    private void Say(string role, string text) => Encoding.UTF8.GetBytes(
        $$"""{{(_messages.WrittenCount == 0 ? "" : ",")}}{"role":"{{role}}","content":"{{text}}"}""", _messages);

    // The fake model escapes nothing, so the text ends at the next quote.
    private void OnFrame(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var start = data.IndexOf("\"content\":\""u8);
        if (start < 0)
        {
            _text.Complete |= data.SequenceEqual("[DONE]"u8);
            return;
        }

        var text = data[(start + 11)..];
        text = text[..text.IndexOf((byte)'"')];
        if (!text.IsEmpty)
        {
            _text.Add(Encoding.UTF8.GetString(text));
        }
    }
}
