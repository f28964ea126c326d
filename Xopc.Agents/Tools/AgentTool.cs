using System.Text.Json;
using Microsoft.Extensions.AI;
using Xopc.Agents.Models;

namespace Xopc.Agents.Tools;

/// <summary>Something an agent can do. Made of a declaration, from which the model's schema and the check of the arguments both come, and the deed.</summary>
internal abstract class AgentTool : AIFunction
{
    private readonly IReadOnlyList<ToolParameter> _parameters;
    private readonly TimeProvider _clock;

    /// <param name="schema">Made once per kind of tool by <see cref="ToolSchema.Create"/>: tools are created for every turn.</param>
    protected AgentTool(string name, string description, IReadOnlyList<ToolParameter> parameters, JsonElement schema, TimeProvider clock) =>
        (Name, Description, _parameters, JsonSchema, _clock) = (name, description, parameters, schema, clock);

    public override string Name { get; }

    public override string Description { get; }

    public override JsonElement JsonSchema { get; }

    /// <summary>A call that takes longer is stopped and told so.</summary>
    public virtual TimeSpan Timeout => TimeSpan.FromSeconds(30);

    /// <summary>Whether a call that broke half-way may simply be made again: it changes nothing.</summary>
    public virtual bool IsRepeatable => true;

    /// <summary>Checks the arguments and does it. Whatever goes wrong becomes a result that says so; only the caller's cancellation is thrown.</summary>
    /// <param name="argumentsJson">A JSON object.</param>
    public async Task<ToolResult> RunAsync(string argumentsJson, CancellationToken cancellationToken)
    {
        if (ToolArguments.Read(argumentsJson, _parameters, out var problem) is not { } arguments)
        {
            return ToolResult.Error($"{Name}: {problem}");
        }

        using var limit = new CancellationTokenSource(Timeout, _clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return (await ActAsync(arguments, linked.Token)).Capped();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ToolResult.Error($"{Name} was stopped after {Timeout.TotalSeconds:0} s.");
        }
        catch (ToolException ex)
        {
            return ToolResult.Error(ex.Message).Capped();
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // Their messages name absolute paths, which are nobody's business.
            return ToolResult.Error($"{Name} failed: {(ex is UnauthorizedAccessException ? "access denied" : ex is FileNotFoundException or DirectoryNotFoundException ? "not found" : "the file system refused")}.");
        }
    }

    protected abstract Task<ToolResult> ActAsync(ToolArguments arguments, CancellationToken cancellationToken);

    protected sealed override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var json = ToolCallArguments.ToJson(new FunctionCallContent("", Name, arguments));
        return (await RunAsync(json, cancellationToken)).Text;
    }
}

/// <summary>A tool cannot do what it was asked; the message is for the model.</summary>
internal sealed class ToolException(string message) : Exception(message);
