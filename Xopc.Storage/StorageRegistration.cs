using Microsoft.Extensions.Hosting;
using Xopc.Storage.Migrations;

namespace Xopc.Storage;

/// <summary>Registers databases.</summary>
public static class StorageRegistration
{
    /// <summary>
    /// Registers the keyed singleton <see cref="Database"/> <paramref name="name"/> at <c>{state}/data/{name}.db</c> with the storage series and
    /// <paramref name="schema"/>; it is opened and migrated before any hosted service that depends on it starts.
    /// </summary>
    public static TBuilder AddXopcDatabase<TBuilder>(this TBuilder builder, string name, string dataDirectory, MigrationSeries schema)
        where TBuilder : IHostApplicationBuilder => throw new NotImplementedException();
}
