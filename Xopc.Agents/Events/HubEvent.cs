using System.Globalization;
using System.Text;
using Xopc.Messaging;

namespace Xopc.Agents.Events;

/// <summary>An event in the ring; its SSE frame is built by the first client that sends it and shared by all.</summary>
internal sealed class HubEvent(LoggedEvent logged, string epoch, int size)
{
    private byte[]? _frame;

    public int Size => size;

    public string? SessionKey => logged.Message.SessionKey;

    public byte[] Frame => _frame ??= Build();

    private byte[] Build()
    {
        var data = logged.Message.Data.Span;
        var head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {epoch}-{logged.Seq}\nevent: {logged.Message.Type}\ndata: "));
        var frame = new byte[head.Length + data.Length + 2];
        head.CopyTo(frame, 0);
        data.CopyTo(frame.AsSpan(head.Length));
        "\n\n"u8.CopyTo(frame.AsSpan(head.Length + data.Length));
        return frame;
    }
}
