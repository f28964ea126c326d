using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Xopc.Contracts;

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>Reads from assemblies which fault points they call: a string is loaded and handed to <see cref="FaultPoint.Reach"/>.</summary>
internal static class CalledPoints
{
    private const byte LoadString = 0x72;
    private const byte Call = 0x28;
    private const int InstructionSize = 5;

    /// <summary>Every call in the program's assemblies of a directory, with the method it stands in.</summary>
    public static IReadOnlyList<(string Name, string In)> Under(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*opc*.dll")
            .Where(file => Path.GetFileName(file) is var name && !name.Contains(".Test", StringComparison.Ordinal)).SelectMany(Of),
    ];

    /// <summary>Every string that stands in an assembly's code.</summary>
    public static IReadOnlyList<string> StringsOf(string file)
    {
        using var image = new PEReader(File.OpenRead(file));
        var metadata = image.GetMetadataReader();
        var strings = new List<string>();
        for (var handle = metadata.GetNextHandle(default(UserStringHandle)); !handle.IsNil; handle = metadata.GetNextHandle(handle))
        {
            strings.Add(metadata.GetUserString(handle));
        }

        return strings;
    }

    private static List<(string Name, string In)> Of(string file)
    {
        using var image = new PEReader(File.OpenRead(file));
        var metadata = image.GetMetadataReader();
        var reach = metadata.MemberReferences.Where(reference => IsReach(metadata, reference)).Select(reference => MetadataTokensOf(reference)).ToHashSet();
        var calls = new List<(string, string)>();
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            if (reach.Count == 0 || method.RelativeVirtualAddress == 0)
            {
                continue;
            }

            var code = image.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
            for (var at = 0; at + (2 * InstructionSize) <= code.Length; at++)
            {
                if (code[at] == LoadString && code[at + InstructionSize] == Call && reach.Contains(Token(code, at + InstructionSize)))
                {
                    calls.Add((metadata.GetUserString(System.Reflection.Metadata.Ecma335.MetadataTokens.UserStringHandle(Token(code, at) & 0xFFFFFF)), metadata.GetString(method.Name)));
                }
            }
        }

        return calls;
    }

    private static bool IsReach(MetadataReader metadata, MemberReferenceHandle handle)
    {
        var reference = metadata.GetMemberReference(handle);
        return metadata.GetString(reference.Name) == nameof(FaultPoint.Reach) && reference.Parent.Kind == HandleKind.TypeReference
            && metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)reference.Parent).Name) == nameof(FaultPoint);
    }

    private static int MetadataTokensOf(MemberReferenceHandle handle) => System.Reflection.Metadata.Ecma335.MetadataTokens.GetToken(handle);

    private static int Token(byte[] code, int at) => BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(at + 1));
}
