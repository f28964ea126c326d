using System.Text;

namespace Xopc.Testing.Telemetry;

/// <summary>What a test wants to know of an exported span.</summary>
/// <param name="Service">Resource attribute <c>service.name</c>.</param>
/// <param name="TraceId">32 hex digits.</param>
public sealed record ExportedSpan(string Service, string Name, string TraceId)
{
    // ExportTraceServiceRequest { 1 resource_spans { 1 resource { 1 attributes { 1 key, 2 value { 1 string } } }, 2 scope_spans { 2 spans { 1 trace_id, 5 name } } } }
    internal static IEnumerable<ExportedSpan> Read(byte[] export) =>
        from resourceSpans in Fields(export, 1)
        let service = ServiceOf(resourceSpans)
        from scopeSpans in Fields(resourceSpans, 2)
        from span in Fields(scopeSpans, 2)
        select new ExportedSpan(service, Text(span, 5), Convert.ToHexStringLower(Fields(span, 1).Single()));

    private static string ServiceOf(byte[] resourceSpans) => (
        from resource in Fields(resourceSpans, 1)
        from attribute in Fields(resource, 1)
        where Text(attribute, 1) == "service.name"
        select Text(Fields(attribute, 2).Single(), 1)).Single();

    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Fields(message, field).Single());

    /// <summary>The length-delimited fields of that number; everything else is stepped over.</summary>
    private static List<byte[]> Fields(byte[] message, int number)
    {
        var found = new List<byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            switch (tag & 7)
            {
                case 0:
                    Varint(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    if ((int)(tag >> 3) == number)
                    {
                        found.Add(message[at..(at + length)]);
                    }

                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"No protobuf at byte {at}.");
            }
        }

        return found;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
