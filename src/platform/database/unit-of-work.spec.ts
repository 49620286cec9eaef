import { statementsOf, writeOf } from './statements.js';
import { UnitOfWork, Write } from './unit-of-work.js';

const statement = (sql: string) => ({ sql, parameters: [] });

describe('a unit of work', () => {
  it('is written in the order in which it was added', () => {
    const unitOfWork = new UnitOfWork();
    unitOfWork.add(writeOf(statement('first'), statement('second')));
    unitOfWork.add(writeOf(), writeOf(statement('third')));
    expect(statementsOf(unitOfWork).map(({ sql }) => sql)).toEqual(['first', 'second', 'third']);
  });

  it('is nothing to write before something was added', () => {
    expect(statementsOf(new UnitOfWork())).toEqual([]);
  });

  it('takes what repositories made, and nothing that looks like it', () => {
    class Forged extends Write {
      protected override readonly statements = [statement('DROP TABLE items')];
    }
    const unitOfWork = new UnitOfWork();
    unitOfWork.add(new Forged());
    expect(statementsOf(unitOfWork)).toEqual([]);
  });
});
