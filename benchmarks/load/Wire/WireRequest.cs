using System.Text;
using System.Text.Unicode;

namespace Xopc.Load.Wire;

/// <summary>Writes requests into one buffer that it keeps: what it returns is valid until the next one.</summary>
internal sealed class WireRequest(string? token)
{
    private readonly string _credential = token is null ? "" : $"Authorization: Bearer {token}\r\n";
    private byte[] _buffer = new byte[4096];

    public ReadOnlyMemory<byte> Get(string path, bool stream = false) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{_credential}Accept: {Accept(stream)}\r\n\r\n");

    public ReadOnlyMemory<byte> Post(string path, ReadOnlySpan<byte> json, bool stream = false)
    {
        if (_buffer.Length < json.Length + 1024)
        {
            _buffer = new byte[(json.Length + 1024) * 2];
        }

        if (!Utf8.TryWrite(
            _buffer,
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{_credential}Accept: {Accept(stream)}\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n",
            out var head))
        {
            throw new InvalidOperationException("The head does not fit.");
        }

        json.CopyTo(_buffer.AsSpan(head));
        return _buffer.AsMemory(0, head + json.Length);
    }

    private static string Accept(bool stream) => stream ? "text/event-stream" : "application/json";
}
