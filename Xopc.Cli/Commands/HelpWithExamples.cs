using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Xopc.Cli.Commands;

/// <summary>The parser's own help text, followed by the examples of the verb that was asked about.</summary>
internal sealed class HelpWithExamples(HelpAction inner, IReadOnlyList<string> rootExamples) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var result = inner.Invoke(parseResult);
        var command = parseResult.CommandResult.Command;
        var examples = command switch
        {
            Verb verb => verb.Examples,
            RootCommand => rootExamples,
            _ => [],
        };

        if (examples.Count > 0)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine("  " + example);
            }

            output.WriteLine();
        }

        return result;
    }
}
