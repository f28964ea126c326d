using System.Text.Json;
using System.Text.Unicode;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Wire;

namespace Xopc.Load.Scenarios;

/// <summary>Talks to <c>POST /api/agent</c>, as JSON or as a stream.</summary>
internal sealed class GatewayClient : ITurnClient
{
    private readonly WireConnection _connection;
    private readonly WireRequest _request = new(GatewayLaunch.Token);
    private readonly SseReader _frames = new();
    private readonly StreamedText _text = new();
    private readonly bool _stream;
    private readonly byte[] _body = new byte[1024];
    private readonly SseFrame _onFrame;
    private string _session = "default";

    private GatewayClient(WireConnection connection, bool stream)
    {
        _connection = connection;
        _stream = stream;
        _onFrame = OnFrame;
    }

    /// <summary>The canonical key that the last JSON answer named.</summary>
    public string? SessionKey { get; private set; }

    public static async Task<ITurnClient> OpenAsync(int port, bool stream, CancellationToken cancellationToken) =>
        new GatewayClient(await WireConnection.OpenAsync(port, cancellationToken), stream);

    public void NewConversation(string name) => _session = name;

    public async ValueTask<TurnAnswer> AskAsync(string message, Samples? delays, CancellationToken cancellationToken)
    {
        Utf8.TryWrite(_body, $"{{\"message\":\"{message}\",\"session\":\"{_session}\"}}", out var length);
        var request = _request.Post("/api/agent", _body.AsSpan(0, length), _stream);
        if (!_stream)
        {
            var (status, body) = await _connection.AskAsync(request, cancellationToken);
            return new TurnAnswer(status == 200 ? Reply(body.Span) : null, 0);
        }

        _text.Begin(delays);
        var ok = await _connection.SendAsync(request, cancellationToken) == 200;
        while (await _connection.ReadPieceAsync(cancellationToken) is { Length: > 0 } piece)
        {
            if (ok)
            {
                _frames.Add(piece.Span, _onFrame);
            }
        }

        return _text.Answer;
    }

    public void Dispose() => _connection.Dispose();

    private void OnFrame(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (name.SequenceEqual("token"u8))
        {
            _text.Add(JsonText.Member(data, "content"u8) ?? "");
        }
        else if (name.SequenceEqual("reset"u8))
        {
            throw new InvalidDataException("A reset although the connection was never cut.");
        }
        else if (name.SequenceEqual("result"u8))
        {
            _text.Complete = data.IndexOf("\"status\":\"ok\""u8) >= 0;
        }
    }

    private string? Reply(ReadOnlySpan<byte> body)
    {
        SessionKey = JsonText.Member(body, "sessionKey"u8) ?? SessionKey;
        return JsonText.Member(body, "status"u8) == "ok" ? JsonText.Member(body, "reply"u8) ?? "" : null;
    }
}

/// <summary>Reads single members without building anything.</summary>
internal static class JsonText
{
    /// <summary>A string member of the outer object; null when it is absent or no string.</summary>
    public static string? Member(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }

            reader.Skip();
        }

        return null;
    }
}
